import { CrisolError } from "../../schemas/error.ts";
import { servicesStatus } from "../services/up.ts";
import type { EngineSession } from "../session.ts";

/** Milliseconds between two checks of a home's services, while a run is followed. */
const LOOK_EVERY_MS = 3_000;

/**
 * Call `gone` once two checks in a row have found a home's services ended; the returned function ends the watch.
 *
 * If server and worker run elsewhere, there is nothing to check here.
 */
export function whenServicesEnd({ home, config }: Pick<EngineSession, "home" | "config">, gone: () => void): () => void {
  let missed = 0;
  let seen = false;
  const timer = setInterval(async () => {
    // a check that fails (too many open files, say) counts as one that found nothing, and does not end the command
    const services = await servicesStatus(home).catch(() => undefined);
    seen ||= services !== undefined;
    if (!seen && (await hasOtherServer(config))) return;
    missed = services?.alive.supervisor === true ? 0 : missed + 1;
    if (missed < 2) return;
    clearInterval(timer);
    gone();
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

function hasOtherServer(config: EngineSession["config"]): Promise<boolean> {
  return config().then(
    ({ address }) => address !== undefined,
    () => false,
  );
}

/** The error for a run on which nothing is working any more. */
export function servicesEnded(runId: string): CrisolError {
  return new CrisolError({
    code: "SERVER_UNREACHABLE",
    what: "the server and the worker of this home were stopped while the run was open",
    where: `run ${runId}`,
    why: "the run waits until they are back; finished work is not lost",
    fix: `crisol resume ${runId} starts them again and continues the run`,
  });
}
