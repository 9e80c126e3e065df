import { linkSync, readFileSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { CrisolError } from "../../schemas/error.ts";
import { jsonOrUndefined } from "../../schemas/json-text.ts";
import { discard, uniqueName } from "../files/durable-file.ts";
import { systemCode, unlessMissing, writing } from "../files/file-errors.ts";
import { LivenessClock } from "../liveness-clock.ts";
import { livesHere, mayLive, ProcessIdentity, thisProcess } from "./process-identity.ts";

const Holder = z.object({ token: z.string(), process: ProcessIdentity, what: z.string().exactOptional() });
type Holder = z.output<typeof Holder>;

const longestWaitMs = 30_000;

/** Options for taking a lock. */
export interface LockOptions {
  /** A file that names the holder and outlives the lock (see {@link writeHolder}). @default one for this lock only */
  readonly holder?: string;
  /** Milliseconds to wait for a living holder. @default 30,000 */
  readonly longestWaitMs?: number;
  /** A holder must touch the lock file at least this often, in milliseconds; one that has not is considered dead. */
  readonly renewedWithinMs?: { readonly here: number; readonly elsewhere: number };
  /** Ends the waiting, by throwing its reason. */
  readonly signal?: AbortSignal;
  /** Called once when a living process holds the lock, with what it holds it for. */
  readonly waits?: ((what: string) => void) | undefined;
}

/**
 * Do something while holding a lock file, so that no other process on this machine does it at the same time.
 *
 * @param temporary a folder of the same file system, for drafts of locks
 * @throws CrisolError HOME_BUSY when a living process (or one of another machine) still holds it after the wait.
 */
export async function withLock<T>(lock: string, temporary: string, action: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const release = await holdLock(lock, temporary, options);
  try {
    return await action();
  } finally {
    await release();
  }
}

/**
 * Take a lock file, and return a function that gives it back; the lock of a dead process is broken.
 *
 * Breaking is itself exclusive: only the process that creates `<lock>.<token of the dead holder>` may remove that lock. Since the tokens of dead
 * holders never come back, the next holder's lock is never removed, however late a breaker wakes up.
 *
 * @throws CrisolError HOME_BUSY when a living process still holds it after the wait; the signal's reason.
 */
export async function holdLock(lock: string, temporary: string, options: LockOptions = {}): Promise<() => Promise<void>> {
  const deadline = performance.now() + (options.longestWaitMs ?? longestWaitMs);
  const draft = options.holder ?? (await writeHolder(temporary));
  const token = basename(draft);
  const watch = new HolderWatch(lock, options.renewedWithinMs);
  let reported = false;
  try {
    for (let pause = 1; !take(draft, lock); pause = Math.min(pause * 2, 50)) {
      options.signal?.throwIfAborted();
      const holder = await holderOf(lock);
      if (holder === undefined) continue;
      if (!(await watch.mayLive(holder))) await breakLock(lock, holder.token, temporary);
      else if (performance.now() > deadline) throw heldTooLong(lock, holder);
      else {
        if (!reported) options.waits?.(holder.what ?? "");
        reported = true;
        await sleep(pause * (0.5 + Math.random()));
      }
    }
  } finally {
    if (options.holder === undefined) await discard(draft);
  }
  // a holder that was considered dead must not remove its successor's lock
  return async () => {
    if (options.renewedWithinMs === undefined || (await holderOf(lock))?.token === token) await discard(lock);
  };
}

/** Watches a lock's holder across repeated looks. */
class HolderWatch {
  readonly #lock: string;
  readonly #renewedWithinMs: LockOptions["renewedWithinMs"];
  readonly #silence = new LivenessClock(1_000);
  #seen = "";

  constructor(lock: string, renewedWithinMs: LockOptions["renewedWithinMs"]) {
    this.#lock = lock;
    this.#renewedWithinMs = renewedWithinMs;
  }

  /** By this process's own clock: the clocks of two machines need not agree. */
  async mayLive({ token, process }: Holder): Promise<boolean> {
    if (!mayLive(process)) return false;
    if (this.#renewedWithinMs === undefined) return true;
    const found = await unlessMissing(stat(this.#lock));
    const seen = `${token} ${found?.mtimeMs}`;
    if (seen !== this.#seen) this.#silence.heard();
    this.#seen = seen;
    return this.#silence.look() < (livesHere(process) ? this.#renewedWithinMs.here : this.#renewedWithinMs.elsewhere);
  }
}

/** Remove a dead holder's lock, unless a living process is already doing so. */
async function breakLock(lock: string, token: string, temporary: string): Promise<void> {
  const right = `${lock}.${token}`;
  const draft = await writeHolder(temporary);
  const taken = take(draft, right);
  await discard(draft);
  if (!taken) {
    const breaker = await holderOf(right);
    if (breaker !== undefined && !mayLive(breaker.process)) await breakLock(right, breaker.token, temporary);
    return;
  }
  if ((await holderOf(lock))?.token === token) await discard(lock);
  await discard(right);
}

/** Link the draft to the lock's name, unless that is taken; a lock need not survive a power cut. */
function take(draft: string, lock: string): boolean {
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Write a file that names the holder of the locks that it is linked to, and what they are held for. */
export async function writeHolder(temporary: string, what?: string): Promise<string> {
  const token = uniqueName();
  const draft = join(temporary, token);
  const holder: Holder = { token, process: thisProcess(), ...(what === undefined ? {} : { what }) };
  // not durable: after a power cut its process is gone, and a torn file has the same effect
  await writing(draft, async () => writeFileSync(draft, JSON.stringify(holder), { flag: "wx" }));
  return draft;
}

async function holderOf(lock: string): Promise<Holder | undefined> {
  const text = await unlessMissing(Promise.try(() => readFileSync(lock, "utf8")));
  if (text === undefined) return undefined;
  return Holder.safeParse(jsonOrUndefined(text)).data ?? torn();
}

/** The holder of an unreadable lock: not a living process. */
function torn(): Holder {
  return { token: "torn", process: { ...thisProcess(), started: -1 } };
}

function heldTooLong(lock: string, holder: Holder): CrisolError {
  return new CrisolError({
    code: "HOME_BUSY",
    what: `process ${holder.process.pid} on ${holder.process.place.split(" ")[0]} has held a lock of the store for over ${longestWaitMs / 1000} s`,
    where: lock,
    why: "only one process at a time may move a named pointer",
    fix: `wait for that process or end it; if it is long gone (another machine), delete ${lock}`,
  });
}
