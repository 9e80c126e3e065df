import { CrisolError } from "../../schemas/error.ts";
import type { Session } from "../session.ts";
import { servicesStatus } from "./up.ts";

/**
 * The address of a server that runs already: the given one, the configured one, else that of the home's own.
 *
 * @throws CrisolError SERVER_UNREACHABLE when there is none
 */
export async function knownAddress({ config, home }: Session, given: string | undefined): Promise<string> {
  const services = await servicesStatus(home);
  const own = services?.alive.server || services?.external ? services.address : undefined;
  const address = given ?? (await config()).address ?? own;
  if (address !== undefined) return address;
  throw new CrisolError({
    code: "SERVER_UNREACHABLE",
    what: "no Temporal server is known to this home",
    where: "--address, temporal.config.ts and the home's own services",
    why: "a worker takes its work from a server",
    fix: "give --address HOST:PORT, set it in temporal.config.ts or TEMPORAL_ADDRESS, or start the home's own with `crisol up`",
  });
}
