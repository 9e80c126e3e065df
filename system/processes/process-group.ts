import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** Milliseconds for which the output of an ended process is still read. */
const DRAIN_MS = 200;

/** A program that leads a process group. */
export interface ProcessGroup {
  readonly child: ChildProcess;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

/**
 * A shell that starts a watcher and then becomes the program: once the far end of descriptor 3 is closed, that is, once this process has died
 * in whatever way, the watcher kills the program and everything it started.
 */
const watched = '(read -r _ <&3; kill -KILL 0) </dev/null >/dev/null 2>&1 & exec "$@" 3<&-';

/** Start a program in its own process group, which does not outlive this process. */
export function spawnGroup(program: string, args: readonly string[], options: Pick<SpawnOptions, "cwd" | "env">): ProcessGroup {
  const child = spawn("/bin/sh", ["-c", watched, "sh", program, ...args], {
    ...options,
    detached: true,
    stdio: ["pipe", "pipe", "pipe", "pipe"],
  });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new TypeError("a process was started without its pipes");
  return { child, stdin, stdout, stderr };
}

/** Send a signal to a group's leader and to everything it started. */
export function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // the group is gone already
  }
}

/**
 * Clean up the group of a process that has ended: kill what it left running, and close its output once what it printed is read, so that `close` is
 * emitted. A process that has left the group may hold the pipes open for as long as it lives.
 */
export function endGroup({ pid, stdout, stderr }: ChildProcess): void {
  signalGroup(pid, "SIGKILL");
  for (const stream of [stdout, stderr]) if (stream !== null) closeDrained(stream);
}

/** Close the output of a process that has ended, once what it printed has been read. */
export function closeDrained(stream: Readable): void {
  // a turn later, in case this process had no time to read until now
  setTimeout(() => setImmediate(() => stream.destroy()), DRAIN_MS).unref();
}

/** What a process prints, at the reader's pace, until it ends: another process that has left its group may hold the pipe open for longer. */
export async function* outputOf({ child, stdout }: Pick<ProcessGroup, "child" | "stdout">): AsyncGenerator<Uint8Array> {
  let [chunks, chunksBefore] = [0, -1];
  let isAllRead = false;
  const look = setInterval(() => {
    if (child.exitCode === null && child.signalCode === null) return;
    isAllRead = stdout.readableLength === 0 && chunks === chunksBefore;
    if (isAllRead) stdout.destroy();
    chunksBefore = chunks;
  }, DRAIN_MS);
  try {
    for await (const chunk of stdout) {
      chunks += 1;
      yield chunk;
    }
  } catch (error) {
    if (!isAllRead) throw error;
  } finally {
    clearInterval(look);
  }
}
