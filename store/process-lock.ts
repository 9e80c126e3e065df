import { linkSync, readFileSync, writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { CrisolError } from "../schemas/error.ts";
import { jsonOrUndefined } from "../schemas/json-text.ts";
import { discard, uniqueName } from "./durable-file.ts";
import { systemCode, unlessMissing, writing } from "./file-errors.ts";
import { livesHere, mayLive, ProcessIdentity, thisProcess } from "./process-identity.ts";
import { Silence } from "./silence.ts";

const Holder = z.object({ token: z.string(), process: ProcessIdentity, what: z.string().exactOptional() });
type Holder = z.output<typeof Holder>;

const longestWaitMs = 30_000;

/** How a lock is taken. */
export interface LockOptions {
  /** A file that says who takes it, and that outlives it (see {@link writeHolder}). @default one for this lock alone */
  readonly holder?: string;
  /** Milliseconds to wait for a living holder. @default 30,000 */
  readonly longestWaitMs?: number;
  /** Its holder touches the lock file as long as it lives; one that has not for so many milliseconds is taken for dead. */
  readonly renewedWithinMs?: { readonly here: number; readonly elsewhere: number };
  /** Ends the waiting, by throwing its reason. */
  readonly signal?: AbortSignal;
  /** Told once when a living process holds the lock: what it took it for. */
  readonly waits?: ((what: string) => void) | undefined;
}

/**
 * Do something while no other process on this machine does it under the same lock file.
 *
 * @param temporary a folder of the same file system, for drafts of locks
 * @throws CrisolError HOME_BUSY when a living process (or one of another machine) holds it for longer than is waited.
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
 * Take a lock file, and return what gives it back; the lock of a process that died is broken.
 *
 * Breaking is itself exclusive: whoever creates `<lock>.<token of the dead holder>` alone may remove that lock, and since the tokens of the dead
 * never come back, the lock of whoever comes next is never removed, however late a breaker wakes up.
 *
 * @throws CrisolError HOME_BUSY when a living process holds it for longer than is waited; the signal's reason.
 */
export async function holdLock(lock: string, temporary: string, options: LockOptions = {}): Promise<() => Promise<void>> {
  const deadline = performance.now() + (options.longestWaitMs ?? longestWaitMs);
  const draft = options.holder ?? (await writeHolder(temporary));
  const token = basename(draft);
  const watch = new HolderWatch(lock, options.renewedWithinMs);
  let told = false;
  try {
    for (let pause = 1; !take(draft, lock); pause = Math.min(pause * 2, 50)) {
      options.signal?.throwIfAborted();
      const holder = await holderOf(lock);
      if (holder === undefined) continue;
      if (!(await watch.mayLive(holder))) await breakLock(lock, holder.token, temporary);
      else if (performance.now() > deadline) throw heldTooLong(lock, holder);
      else {
        if (!told) options.waits?.(holder.what ?? "");
        told = true;
        await sleep(pause * (0.5 + Math.random()));
      }
    }
  } finally {
    if (options.holder === undefined) await discard(draft);
  }
  // one that was taken for dead must not take away its successor's
  return async () => {
    if (options.renewedWithinMs === undefined || (await holderOf(lock))?.token === token) await discard(lock);
  };
}

/** Looks at a lock's holders again and again. */
class HolderWatch {
  readonly #lock: string;
  readonly #renewedWithinMs: LockOptions["renewedWithinMs"];
  readonly #silence = new Silence(1_000);
  #seen = "";

  constructor(lock: string, renewedWithinMs: LockOptions["renewedWithinMs"]) {
    this.#lock = lock;
    this.#renewedWithinMs = renewedWithinMs;
  }

  /** By this process's own clock: those of two machines need not agree. */
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

/** Remove a dead holder's lock, if no living process is already at it. */
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

/** Give the draft the lock's name too, if nobody has it; a lock need not survive a power cut. */
function take(draft: string, lock: string): boolean {
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Write a file that says who holds the locks that it is linked to, and what for. */
export async function writeHolder(temporary: string, what?: string): Promise<string> {
  const token = uniqueName();
  const draft = join(temporary, token);
  const holder: Holder = { token, process: thisProcess(), ...(what === undefined ? {} : { what }) };
  // not made durable: after a power cut its process is no more, and what is torn is as good as that
  await writing(draft, async () => writeFileSync(draft, JSON.stringify(holder), { flag: "wx" }));
  return draft;
}

async function holderOf(lock: string): Promise<Holder | undefined> {
  const text = await unlessMissing(Promise.try(() => readFileSync(lock, "utf8")));
  if (text === undefined) return undefined;
  return Holder.safeParse(jsonOrUndefined(text)).data ?? torn();
}

/** The holder of a lock that says nothing: no process that lives. */
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
