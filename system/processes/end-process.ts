import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { CrisolError } from "../../schemas/error.ts";
import { systemCode } from "../files/file-errors.ts";
import { identityOf, livesHere, type ProcessIdentity } from "./process-identity.ts";

/**
 * Ask a process to end, and kill it after `graceMs` milliseconds; resolves when it is gone. A later process with the same id is left alone.
 *
 * @throws CrisolError ENVIRONMENT if it belongs to another user
 */
export async function endProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  const deadline = performance.now() + graceMs;
  signal(identity, "SIGTERM");
  while (livesHere(identity)) {
    if (performance.now() >= deadline) signal(identity, "SIGKILL");
    await sleep(20);
  }
}

function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!livesHere(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if (systemCode(error) === "EPERM") throw notOwned(identity, error);
    // it has ended in the meantime
  }
}

function notOwned({ pid }: ProcessIdentity, cause: unknown): CrisolError {
  return new CrisolError(
    {
      code: "ENVIRONMENT",
      what: "a process of this home belongs to another user, and can't be ended",
      where: `process ${pid}`,
      why: "it keeps working for this home until it ends",
      fix: "run the command as that user, or as root",
    },
    { cause },
  );
}

/**
 * The processes of this machine that were started with these arguments, in any order; none if there is no /proc.
 *
 * This finds a process whose supervisor was killed before it could record it.
 */
export function processesWith(args: readonly string[]): ProcessIdentity[] {
  return processIds().flatMap((pid) => {
    const theirs = argumentsOf(pid);
    const identity = args.every((arg) => theirs.includes(arg)) ? identityOf(pid) : undefined;
    return identity === undefined ? [] : [identity];
  });
}

function processIds(): number[] {
  try {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function argumentsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
