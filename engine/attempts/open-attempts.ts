import { randomUUID } from "node:crypto";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ApplicationFailure, type Client } from "@temporalio/client";

/**
 * The task tokens of a worker's attempts under way, one file each.
 *
 * A worker that was killed leaves its files behind; the next one on the same home fails those attempts at once,
 * so that the server need not wait for a heartbeat to be missed.
 */
export class OpenAttempts {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Record an attempt, if its file can be written; the returned function removes it. */
  async open(taskToken: Uint8Array): Promise<() => Promise<void>> {
    const file = join(this.#folder, `${randomUUID()}.token`);
    // without a token the server waits for a missed heartbeat, nothing worse
    await writeFile(file, taskToken).catch(() => undefined);
    return () => rm(file, { force: true }).catch(() => undefined);
  }
}

/** Retried at once: the retry policy's first wait is for errors that may go away by themselves. */
const lost = ApplicationFailure.create({
  message: "the worker of this attempt died",
  type: "WORKER_LOST",
  nextRetryDelay: "1 millisecond",
});

/** Fail the attempts that a dead worker left in its folder, so that they are taken up again at once. */
export async function failLeftAttempts(client: Client, folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    try {
      await client.activity.fail(await readFile(join(folder, name)), lost);
    } catch {
      // the attempt or its run is over already, or another worker has failed the attempt: there is nothing left to fail
    }
  }
}
