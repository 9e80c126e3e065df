import { mkdir, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { BoundedMap } from "../../../system/bounded-map.ts";
import { discard } from "../../../system/files/durable-file.ts";
import { systemCode, writing } from "../../../system/files/file-errors.ts";
import { holdLock, writeHolder } from "../../../system/processes/process-lock.ts";
import type { LeaseOptions } from "../backend.ts";

/** Milliseconds between signs of life of a lease's holder, and the silence after which its lease is void: other machines' signs may come late. */
const RENEW_EVERY_MS = 5_000;
const RENEWED_WITHIN_MS = { here: 20_000, elsewhere: 60_000 };

/** Leases as lock files that their holder touches. */
export class DirectoryLeases {
  readonly #temporary: string;
  /** Lock files held by this process. */
  readonly #held = new Set<string>();
  /** How many requests are about to take one. */
  #asking = 0;
  /** The files that name the holder, by what it holds for: each is linked to all its leases, because creating a file per lease would cost the most. */
  readonly #holders = new BoundedMap<string, Promise<string>>(64);
  #renewing: NodeJS.Timeout | undefined;

  constructor(temporary: string) {
    this.#temporary = temporary;
  }

  /** Hold a lock file; the returned function gives it back. */
  async take(lock: string, options: LeaseOptions): Promise<() => Promise<void>> {
    this.#renewing ??= setInterval(() => this.#renew(), RENEW_EVERY_MS).unref();
    this.#asking += 1;
    const release = await this.#lock(lock, options).finally(() => {
      this.#asking -= 1;
    });
    this.#held.add(lock);
    return async () => {
      this.#held.delete(lock);
      await release();
    };
  }

  async #lock(lock: string, options: LeaseOptions, again = true): Promise<() => Promise<void>> {
    const { what, signal, waits } = options;
    const writes = this.#holders.get(what) ?? writeHolder(dirname(lock), what);
    this.#holders.set(what, writes);
    try {
      const holder = await writes;
      return await holdLock(lock, this.#temporary, {
        holder,
        signal,
        waits,
        longestWaitMs: Number.POSITIVE_INFINITY,
        renewedWithinMs: RENEWED_WITHIN_MS,
      });
    } catch (error) {
      // the file is gone (`crisol gc` deletes what has long been unused; people delete folders), or nothing was ever leased here
      this.#holders.delete(what);
      if (!again || systemCode(error) !== "ENOENT") throw error;
      // without the folders above it: a store that was deleted meanwhile stays deleted
      await writing(lock, () => mkdir(dirname(lock))).catch((cause) =>
        systemCode(cause) === "EEXIST" ? undefined : Promise.reject(cause),
      );
      return this.#lock(lock, options, false);
    }
  }

  #renew(): void {
    const now = new Date();
    // a lease that can't be touched only costs another run the same work
    for (const lock of this.#held) utimes(lock, now, now).catch(() => undefined);
    // a waiting request needs such a file for its lease, too
    if (this.#held.size + this.#asking > 0) return;
    clearInterval(this.#renewing);
    this.#renewing = undefined;
    for (const writes of this.#holders.values()) writes.then(discard).catch(() => undefined);
    this.#holders.clear();
  }
}
