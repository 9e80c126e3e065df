import { CrisolError } from "../../schemas/error.ts";
import type { Home } from "../home.ts";
import type { EngineSession } from "../session.ts";
import { comingUp } from "./up.ts";

/**
 * The address of a running server: the given one, the configured one, or that of the home's own, even if it is just coming up.
 *
 * @throws CrisolError SERVER_UNREACHABLE if there is none
 */
export async function knownAddress({ config, home }: Pick<EngineSession, "config" | "home">, given: string | undefined): Promise<string> {
  const address = given ?? (await config()).address ?? (await ownAddress(home));
  if (address !== undefined) return address;
  throw new CrisolError({
    code: "SERVER_UNREACHABLE",
    what: "no Temporal server is known to this home",
    where: "--address, temporal.config.ts and the home's own services",
    why: "a worker takes its work from a server",
    fix: "give --address HOST:PORT, set it in temporal.config.ts or TEMPORAL_ADDRESS, or start the home's own with `crisol up`",
  });
}

async function ownAddress(home: Home): Promise<string | undefined> {
  const services = await comingUp(home);
  return services?.alive.server || services?.external ? services.address : undefined;
}
