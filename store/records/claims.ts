import type { Digest } from "../../schemas/digest.ts";
import type { Backend, LeaseOptions } from "../objects/backend.ts";

/**
 * Who computes which key: two runs that need the same key compute it once. The second waits for the first, and takes over when the first dies
 * or stands still.
 *
 * A claim only saves work: records and artifacts are correct without it.
 */
export class Claims {
  readonly #backend: Backend;
  /** Requests of this process that wait for one another, by key: the last in line, with its run and stage. */
  readonly #lines = new Map<Digest, { readonly what: string; readonly left: Promise<void> }>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Claim a key as soon as no one else has it; the returned function gives it back. */
  async take(key: Digest, options: LeaseOptions): Promise<() => Promise<void>> {
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
      const release = await this.#backend.lease(`claims/${key}`, options);
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
}

function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    void promise.then(resolve).finally(() => signal.removeEventListener("abort", abort));
  });
}
