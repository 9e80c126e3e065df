import { CrisolError } from "../../schemas/error.ts";

/** How a host ended, and what is known about the cause. */
export interface HostCrash {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The kernel killed a process meanwhile for lack of memory. */
  readonly killedByKernel: boolean;
  /** JavaScript heap, in MiB. */
  readonly memory: number;
  readonly pid: number | undefined;
  readonly lastLines: readonly string[];
}

const why = "the stage produced no output";

/** What V8 and C++ libraries print before they end a process that can't get more memory. */
const heapUsedUp = /heap out of memory/;
const noMoreMemory = /Allocation failed|out of memory|std::bad_alloc/;

/** The error of a host that ended while a stage ran in it. */
export function crashOf(crash: HostCrash): CrisolError {
  const { code, signal, memory, pid, lastLines } = crash;
  const where = `host process ${pid}`;
  if (lastLines.some((line) => heapUsedUp.test(line))) {
    return new CrisolError({
      code: "OUT_OF_MEMORY",
      what: `the stage's host used up its heap of ${memory} MiB`,
      where,
      why,
      fix: 'give the stage more memory (resources: { memory: "8 GiB" }), or make it stream',
    });
  }
  const how = signal === null ? `exited with ${code}` : `was killed by ${signal}`;
  if (crash.killedByKernel || (signal !== null && lastLines.some((line) => noMoreMemory.test(line)))) return machineOutOfMemory(crash, how);
  const lines = lastLines.map((line) => `\n    ${line}`).join("");
  return new CrisolError({
    code: "HOST_CRASHED",
    what: `the stage's host ${how}${lines === "" ? "" : `; its last lines:${lines}`}`,
    where,
    why,
    fix: fixFor(signal),
  });
}

function fixFor(signal: NodeJS.Signals | null): string {
  if (signal === "SIGKILL") return "if nobody killed it, the machine ran out of memory: free some, or use a smaller input";
  if (signal === null)
    return "let the stage throw or return where it (or a package that it uses) calls process.exit; `crisol logs` shows what it printed";
  return "see `crisol logs`: a native package may have crashed";
}

/** Memory beside the heap: buffers, native libraries. The kernel kills such a process, or refuses it memory. */
function machineOutOfMemory({ killedByKernel, pid }: HostCrash, how: string): CrisolError {
  return new CrisolError({
    code: "OUT_OF_MEMORY",
    what: killedByKernel
      ? "the kernel killed the stage's host for lack of memory"
      : `the stage's host could not get more memory and ${how}`,
    where: `host process ${pid}`,
    why,
    fix: "let the stage hold less in memory at a time (buffers and native libraries count beside the heap), run fewer stages at once (`slots` in temporal.config.ts), or raise the limit of this machine or container",
  });
}

/** The error of a host that makes no progress: stopped, frozen, or lost by the system. */
export function silentFor(milliseconds: number, pid: number | undefined): CrisolError {
  return new CrisolError({
    code: "HOST_CRASHED",
    what: `the host gave no sign of life for ${milliseconds / 1000} s and was killed`,
    where: `host process ${pid}`,
    why,
    fix: "nothing, if somebody stopped it (SIGSTOP, a debugger); otherwise check whether the machine has memory left: one that swaps makes no progress either",
  });
}

/** The error of a host that was killed because it did not stop when asked: not a crash. */
export function notStoppedInTime(node: string, graceMs: number): CrisolError {
  return new CrisolError({
    code: "CANCELED",
    what: `the stage was asked to stop but did not within ${graceMs / 1000} s, so its host was killed`,
    where: `stage ${node}`,
    why: "its work since it started, or since its last checkpoint, is lost",
    fix: "let the stage heed context.signal; `crisol resume` runs it again",
  });
}
