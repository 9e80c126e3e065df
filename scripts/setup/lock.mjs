/** One set-up at a time in a folder, even if one is killed at any instant: the next one ends what it left running and continues. */
import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isAlive } from "./identity.mjs";

/** @typedef {import("./identity.mjs").Identity} Identity */
/** @typedef {{ token: string, holder: Identity, child?: Identity }} Holding */

const STEAL_GIVES_UP_MS = 10_000;

/**
 * Run `work` while holding the lock at `path`; `work` gets a function to report which child process it started.
 *
 * @template T
 * @param {string} path
 * @param {(onWait: Identity) => void} onWait called once when another process holds the lock
 * @param {(setChild: (pid: number | undefined) => void) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function holding(path, onWait, work) {
  mkdirSync(dirname(path), { recursive: true });
  const holder = identify(process.pid);
  if (holder === undefined) throw new Error("this process does not know when it started");
  const mine = { token: randomUUID(), holder };
  let reported = false;
  while (!take(path, mine)) {
    const other = read(path);
    if (other === undefined) continue;
    if (isAlive(other.holder)) {
      if (!reported) onWait(other.holder);
      reported = true;
      await sleep(200);
    } else if (!steal(path, other)) {
      await sleep(50);
    }
  }
  try {
    return await work((pid) => replace(path, { ...mine, ...withChild(pid) }));
  } finally {
    rmSync(path, { force: true });
  }
}

/** @param {number | undefined} pid */
function withChild(pid) {
  const child = pid === undefined ? undefined : identify(pid);
  return child === undefined ? {} : { child };
}

/** @param {string} path @param {Holding} mine */
function take(path, mine) {
  const draft = `${path}.${mine.token}`;
  writeFileSync(draft, JSON.stringify(mine));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** @param {string} path @param {Holding} mine */
function replace(path, mine) {
  const draft = `${path}.${mine.token}`;
  writeFileSync(draft, JSON.stringify(mine));
  renameSync(draft, path);
}

/** @param {string} path @returns {Holding | undefined} */
function read(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Take a dead holder's lock away. The folder named by its token lets only one process do it: a second, late one would remove the new lock of the first.
 *
 * @param {string} path @param {Holding} dead
 */
function steal(path, dead) {
  const right = `${path}.steal-${dead.token}`;
  try {
    mkdirSync(right);
  } catch {
    const age = Date.now() - (statSync(right, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > STEAL_GIVES_UP_MS) rmSync(right, { recursive: true, force: true });
    return false;
  }
  const still = read(path);
  if (still?.token === dead.token) {
    if (still.child !== undefined && isAlive(still.child)) process.kill(still.child.pid, "SIGKILL");
    rmSync(path, { force: true });
  }
  rmSync(right, { recursive: true, force: true });
  return true;
}
