import { type AdoptingWorker, RunAdoption } from "./adopt-runs.ts";

/** Milliseconds: for a new version's pollers to be known, for the first look, and between two looks. */
const KNOWN_WITHIN = 10_000;
const FIRST_LOOK = 30_000;
const LOOK_EVERY = 60_000;

/** How a worker looks after the runs of its queues. */
export interface LookingAfter {
  /** Whether new runs go to its version also where another took over from that before. */
  readonly takesOver: boolean;
  /** Told once why new runs don't go to its version. */
  readonly notCurrent: (reason: string) => void;
  /** Told when the server could not be asked. */
  readonly failed: (error: unknown) => void;
}

/**
 * See that new runs go to the version of a worker that polls, and that no open run waits for a version without a worker; then look again every minute.
 *
 * @returns once both are so, or after half a minute; the function ends it
 */
export async function lookAfterRuns(worker: AdoptingWorker, { takesOver, notCurrent, failed }: LookingAfter): Promise<() => void> {
  const adoption = new RunAdoption(worker);
  let told = false;
  const look = async (first: boolean): Promise<void> => {
    try {
      const reason = await worker.deployment.lead({
        again: takesOver && first,
        alone: takesOver,
        within: first ? KNOWN_WITHIN : 0,
      });
      if (reason !== undefined && !told) notCurrent(reason);
      told ||= reason !== undefined;
      await adoption.look();
    } catch (error) {
      failed(error);
    }
  };
  const first = look(true);
  let last = first;
  const timer = setInterval(() => {
    last = last.then(() => look(false));
  }, LOOK_EVERY);
  const late = Promise.withResolvers<void>();
  const patience = setTimeout(late.resolve, FIRST_LOOK);
  await Promise.race([first, late.promise]);
  clearTimeout(patience);
  return () => clearInterval(timer);
}
