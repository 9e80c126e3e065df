import { link, readFile, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { CrisolError } from "../schemas/error.ts";
import { discard, uniqueName, writeWhole } from "./durable-file.ts";
import { systemCode, unlessMissing } from "./file-errors.ts";
import { mayLive, ProcessIdentity, thisProcess } from "./process-identity.ts";

const Holder = z.object({ token: z.string(), process: ProcessIdentity });
type Holder = z.output<typeof Holder>;

const longestWait = 30_000;

/**
 * Do something while no other process on this machine does it under the same lock file; the lock of a process that died is broken.
 *
 * Breaking is itself exclusive: whoever creates `<lock>.<token of the dead holder>` alone may remove that lock, and since tokens never come back,
 * a living holder's lock is never removed, however late a breaker wakes up.
 *
 * @param temporary a folder of the same file system, for drafts of locks
 * @throws CrisolError HOME_BUSY when a living process (or one of another machine) holds it for 30 seconds.
 */
export async function withLock<T>(lock: string, temporary: string, action: () => Promise<T>): Promise<T> {
  await acquire(lock, temporary);
  try {
    return await action();
  } finally {
    await unlink(lock);
  }
}

async function acquire(lock: string, temporary: string): Promise<void> {
  const deadline = Date.now() + longestWait;
  const draft = await writeHolder(temporary);
  try {
    for (let pause = 1; !(await take(draft, lock)); pause = Math.min(pause * 2, 50)) {
      const holder = await holderOf(lock);
      if (holder === undefined) continue;
      if (!mayLive(holder.process)) await breakLock(lock, holder.token, temporary);
      else if (Date.now() > deadline) throw heldTooLong(lock, holder);
      else await sleep(pause * (0.5 + Math.random()));
    }
  } catch (error) {
    await discard(draft);
    throw error;
  }
}

/** Remove a dead holder's lock, if no living process is already at it. */
async function breakLock(lock: string, token: string, temporary: string): Promise<void> {
  const right = `${lock}.${token}`;
  const draft = await writeHolder(temporary);
  if (!(await take(draft, right))) {
    await discard(draft);
    const breaker = await holderOf(right);
    if (breaker !== undefined && !mayLive(breaker.process)) await breakLock(right, breaker.token, temporary);
    return;
  }
  if ((await holderOf(lock))?.token === token) await discard(lock);
  await discard(right);
}

/** Give the draft the lock's name, if nobody has it; a lock need not survive a power cut. */
async function take(draft: string, lock: string): Promise<boolean> {
  try {
    await link(draft, lock);
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
  await unlink(draft);
  return true;
}

/** A file that says who holds the lock that it will become. */
async function writeHolder(temporary: string): Promise<string> {
  const token = uniqueName();
  const draft = join(temporary, token);
  await writeWhole(draft, JSON.stringify({ token, process: thisProcess() } satisfies Holder), 0o644);
  return draft;
}

async function holderOf(lock: string): Promise<Holder | undefined> {
  const text = await unlessMissing(readFile(lock, "utf8"));
  return text === undefined ? undefined : Holder.parse(JSON.parse(text));
}

function heldTooLong(lock: string, holder: Holder): CrisolError {
  return new CrisolError({
    code: "HOME_BUSY",
    what: `process ${holder.process.pid} on ${holder.process.place.split(" ")[0]} has held a lock of the store for over ${longestWait / 1000} s`,
    where: lock,
    why: "only one process at a time may move a named pointer",
    fix: `wait for that process or end it; if it is long gone (another machine), delete ${lock}`,
  });
}
