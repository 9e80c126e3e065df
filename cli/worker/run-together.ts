import { setTimeout as sleep } from "node:timers/promises";
import { TransportError, type Worker } from "@temporalio/worker";

/** Milliseconds between two looks at whether a worker has failed, and those that one which has gets to end. */
const LOOK_EVERY = 500;
const ENDS_WITHIN = 5_000;

/** What is needed of a worker. */
export type PollingWorker = Pick<Worker, "run" | "getState" | "shutdown">;

/** Workers that poll as one. */
export interface PollingWorkers {
  /** Stop taking work. */
  stop(): void;
  /** Stop because of an error. */
  fail(error: unknown): void;
  /** Settles once all have ended and what they used is closed: rejects with the first error. */
  readonly ended: Promise<void>;
}

/**
 * Have workers poll until they are told to stop, or one fails: then all of them stop, for a worker that serves some of its queues looks whole.
 *
 * @param close what they use, when none needs it any more
 */
export function runTogether(workers: readonly PollingWorker[], close: () => Promise<void>): PollingWorkers {
  const errors: unknown[] = [];
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
  };
  const fail = (error: unknown): void => {
    errors.push(error);
    stop();
  };
  const run = async (): Promise<void> => {
    await Promise.all(workers.map((worker) => runToEnd(worker).catch(fail)));
    await close().catch(fail);
    if (errors.length > 0) throw errors[0];
  };
  const ended = run();
  // whoever waits for it comes later
  ended.catch(() => undefined);
  return { stop, fail, ended };
}

/** Run a worker. In the SDK one whose poll is refused fails, says why in its log, and then waits for that poll for ever. */
async function runToEnd(worker: PollingWorker): Promise<void> {
  const over = new AbortController();
  const running = worker.run().finally(() => over.abort());
  const failed = async (): Promise<void> => {
    const { signal } = over;
    while (worker.getState() !== "FAILED") await sleep(LOOK_EVERY, undefined, { signal });
    await sleep(ENDS_WITHIN, undefined, { signal });
    throw new TransportError("it refuses a worker's polls");
  };
  await Promise.race([running, failed().catch((error: unknown) => (over.signal.aborted ? running : Promise.reject(error)))]);
}
