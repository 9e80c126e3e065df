import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ApplicationFailure, type Client } from "@temporalio/client";

/**
 * The task tokens of attempts under way, one file each.
 *
 * A worker that was killed leaves its files behind; the next one on the same home fails those attempts at once,
 * so that the server need not wait for a heartbeat to be missed.
 */
export class OpenAttempts {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async in(folder: string): Promise<OpenAttempts> {
    await mkdir(folder, { recursive: true });
    return new OpenAttempts(folder);
  }

  /** Note an attempt; the returned function strikes it off. */
  async open(taskToken: Uint8Array): Promise<() => Promise<void>> {
    const file = join(this.#folder, `${randomUUID()}.token`);
    await writeFile(file, taskToken);
    return () => rm(file, { force: true });
  }

  /** Fail what a dead predecessor left; how many attempts that were. Call before this worker takes work. */
  async failLeftovers(client: Client): Promise<number> {
    const files = (await readdir(this.#folder)).filter((name) => name.endsWith(".token"));
    for (const name of files) {
      const file = join(this.#folder, name);
      const taskToken = await readFile(file);
      try {
        await client.activity.fail(taskToken, ApplicationFailure.retryable("the worker of this attempt died", "WORKER_LOST"));
      } catch {
        // the attempt is over already, or its run is: there is nobody to tell
      }
      await rm(file, { force: true });
    }
    return files.length;
  }
}
