import { mkdir, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import type { Digest } from "../../schemas/digest.ts";
import { BoundedMap } from "../../system/bounded-map.ts";
import { discard } from "../../system/files/durable-file.ts";
import { systemCode, writing } from "../../system/files/file-errors.ts";
import { holdLock, writeHolder } from "../../system/processes/process-lock.ts";
import type { Backend } from "../objects/backend.ts";

/** Milliseconds between signs of life of a claim's holder, and the silence after which its claim is void: other machines' signs may come late. */
const RENEW_EVERY_MS = 5_000;
const RENEWED_WITHIN_MS = { here: 20_000, elsewhere: 60_000 };

/** How a claim is requested. */
export interface ClaimOptions {
  /** Run and stage, shown to others that wait. */
  readonly what: string;
  /** Ends the waiting, by throwing its reason. */
  readonly signal: AbortSignal;
  /** Called when another run holds the claim, with its run and stage. */
  readonly waits?: (what: string) => void;
}

/**
 * Who computes which key: two runs that need the same key compute it once. The second waits for the first, and takes over when the first dies
 * or stands still.
 *
 * A claim only saves work: records and artifacts are correct without it.
 */
export class Claims {
  readonly #backend: Backend;
  readonly #temporary: string;
  /** Lock files held by this process. */
  readonly #held = new Set<string>();
  /** How many requests are about to take one. */
  #asking = 0;
  /** The files that name the holder, by run and stage: each is linked to all its claims, because creating a file per claim would cost the most. */
  readonly #holders = new BoundedMap<string, Promise<string>>(64);
  /** Requests of this process that wait for one another, by key: the last in line, with its run and stage. */
  readonly #lines = new Map<Digest, { readonly what: string; readonly left: Promise<void> }>();
  #renewing: NodeJS.Timeout | undefined;

  constructor(backend: Backend, temporary: string) {
    this.#backend = backend;
    this.#temporary = temporary;
  }

  /** Claim a key as soon as no one else has it; the returned function gives it back. */
  async take(key: Digest, options: ClaimOptions): Promise<() => Promise<void>> {
    const before = this.#lines.get(key);
    const mine = Promise.withResolvers<void>();
    const line = { what: options.what, left: (before?.left ?? Promise.resolve()).then(() => mine.promise) };
    this.#lines.set(key, line);
    const leave = () => {
      mine.resolve();
      if (this.#lines.get(key) === line) this.#lines.delete(key);
    };
    try {
      if (before !== undefined) {
        options.waits?.(before.what);
        await orAborted(before.left, options.signal);
      }
      const release = await this.#hold(key, options);
      return async () => {
        // a claim that can't be deleted, on a read-only disk, is void once it is no longer renewed
        await release().catch(() => undefined);
        leave();
      };
    } catch (error) {
      leave();
      throw error;
    }
  }

  async #hold(key: Digest, options: ClaimOptions): Promise<() => Promise<void>> {
    const lock = this.#backend.local(`claims/${key}`);
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

  async #lock(lock: string, options: ClaimOptions, again = true): Promise<() => Promise<void>> {
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
      // the file is gone (`crisol gc` deletes what has long been unused; people delete folders), or nothing was ever claimed here
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
    // a claim that can't be touched only costs another run the same work
    for (const lock of this.#held) utimes(lock, now, now).catch(() => undefined);
    // a waiting request needs such a file for its claim, too
    if (this.#held.size + this.#asking > 0) return;
    clearInterval(this.#renewing);
    this.#renewing = undefined;
    for (const writes of this.#holders.values()) writes.then(discard).catch(() => undefined);
    this.#holders.clear();
  }
}

function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    void promise.then(resolve).finally(() => signal.removeEventListener("abort", abort));
  });
}
