import { CrisolError } from "../../../schemas/error.ts";
import { type AdoptingWorker, RunAdoption } from "./adopt-runs.ts";

/** Milliseconds: until a new version's pollers are known, for the first check, and between two checks. */
const KNOWN_WITHIN_MS = 10_000;
const FIRST_LOOK_MS = 30_000;
const LOOK_EVERY_MS = 60_000;

/** How a worker looks after the runs of its queues. */
export interface MaintenanceOptions {
  /** It serves a command that starts runs now: new runs must go to its version, even if another version took over from it before. */
  readonly takesOver: boolean;
  /** No other worker polls any of its queues. */
  readonly alone: boolean;
  /** Prints what people should know. */
  readonly say: (text: string) => void;
}

/**
 * Make sure that new runs go to the version of a polling worker, and that no open run waits for a version without a worker; then check every minute.
 *
 * @returns once that is the case, or after half a minute; the function ends the checks
 * @throws CrisolError ENVIRONMENT if it `takesOver` and new runs still go elsewhere
 */
export async function maintainRuns(worker: AdoptingWorker, { takesOver, alone, say }: MaintenanceOptions): Promise<() => void> {
  const { deployment } = worker;
  const adoption = new RunAdoption(worker);
  const elsewhere = await deployment.lead({ again: takesOver, alone, withinMs: KNOWN_WITHIN_MS });
  if (elsewhere !== undefined && takesOver) throw ofNoUse(deployment.name, elsewhere);
  if (elsewhere !== undefined) say(`new runs don't go to this worker's version ${deployment.buildId}: ${elsewhere}`);

  const look = async (): Promise<void> => {
    try {
      if (!takesOver) await deployment.lead({ withinMs: 0 });
      await adoption.look();
    } catch (error) {
      say(`could not look after open runs: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  let last = look();
  const timer = setInterval(() => {
    last = last.then(look);
  }, LOOK_EVERY_MS);
  const late = Promise.withResolvers<void>();
  // this timer must not keep a worker that ends meanwhile alive
  const patience = setTimeout(late.resolve, FIRST_LOOK_MS).unref();
  await Promise.race([last, late.promise]);
  clearTimeout(patience);
  return () => clearInterval(timer);
}

function ofNoUse(deployment: string, reason: string): CrisolError {
  return new CrisolError({
    code: "ENVIRONMENT",
    what: `new runs would not come to this worker: ${reason}`,
    where: `deployment ${deployment} of the Temporal server`,
    why: "the server sends them to the workers of another version of crisol, or to none",
    fix: "see `crisol deploy list`; upgrade the other workers too, or have somebody with the permission run `crisol deploy promote`; or set `versioning: false` in temporal.config.ts to do without versions",
  });
}
