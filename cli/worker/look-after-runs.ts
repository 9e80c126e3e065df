import { CrisolError } from "../../schemas/error.ts";
import { type AdoptingWorker, RunAdoption } from "./adopt-runs.ts";

/** Milliseconds: for a new version's pollers to be known, for the first look, and between two looks. */
const KNOWN_WITHIN = 10_000;
const FIRST_LOOK = 30_000;
const LOOK_EVERY = 60_000;

/** How a worker looks after the runs of its queues. */
export interface LookingAfter {
  /** It is there for whoever starts runs now: new runs go to its version also where another took over from that before, or it is of no use. */
  readonly takesOver: boolean;
  /** No other worker has any of its queues. */
  readonly alone: boolean;
  /** Told what people should know. */
  readonly say: (text: string) => void;
}

/**
 * See that new runs go to the version of a worker that polls, and that no open run waits for a version without a worker; then look again every minute.
 *
 * @returns once both are so, or after half a minute; the function ends it
 * @throws CrisolError ENVIRONMENT when it `takesOver` and new runs go elsewhere all the same
 */
export async function lookAfterRuns(worker: AdoptingWorker, { takesOver, alone, say }: LookingAfter): Promise<() => void> {
  const { deployment } = worker;
  const adoption = new RunAdoption(worker);
  const elsewhere = await deployment.lead({ again: takesOver, alone, within: KNOWN_WITHIN });
  if (elsewhere !== undefined && takesOver) throw ofNoUse(deployment.name, elsewhere);
  if (elsewhere !== undefined) say(`new runs don't go to this worker's version ${deployment.buildId}: ${elsewhere}`);

  const look = async (): Promise<void> => {
    try {
      if (!takesOver) await deployment.lead({ within: 0 });
      await adoption.look();
    } catch (error) {
      say(`could not look after open runs: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  let last = look();
  const timer = setInterval(() => {
    last = last.then(look);
  }, LOOK_EVERY);
  const late = Promise.withResolvers<void>();
  // a worker that ends meanwhile is not held up
  const patience = setTimeout(late.resolve, FIRST_LOOK).unref();
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
