import { setTimeout as sleep } from "node:timers/promises";
import { TransportError, type Worker } from "@temporalio/worker";

/** Milliseconds between two checks whether a worker has failed, and those that a failed one gets to end. */
const LOOK_EVERY_MS = 500;
const ENDS_WITHIN_MS = 5_000;

/** The part of a worker that is used here. */
export type PollingWorker = Pick<Worker, "run" | "getState" | "shutdown">;

/** Workers that start and stop together. */
export interface PollingWorkers {
  /** Stop taking work. */
  stop(): void;
  /** Stop because of an error. */
  fail(error: unknown): void;
  /** Settles once all have ended and their resources are closed; rejects with the first error. */
  readonly ended: Promise<void>;
}

/**
 * Run workers until they are asked to stop, or one fails: then all of them stop, because a worker that serves only some of its queues looks healthy.
 *
 * @param close closes what they use, once none needs it any more
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
  // the caller awaits it later
  ended.catch(() => undefined);
  return { stop, fail, ended };
}

/** Run a worker. In the SDK, a worker whose poll is refused fails, logs why, and then waits for that poll for ever. */
async function runToEnd(worker: PollingWorker): Promise<void> {
  const over = new AbortController();
  const running = worker.run().finally(() => over.abort());
  const failed = async (): Promise<void> => {
    const { signal } = over;
    while (worker.getState() !== "FAILED") await sleep(LOOK_EVERY_MS, undefined, { signal });
    await sleep(ENDS_WITHIN_MS, undefined, { signal });
    throw new TransportError("it refuses a worker's polls");
  };
  await Promise.race([running, failed().catch((error: unknown) => (over.signal.aborted ? running : Promise.reject(error)))]);
}
