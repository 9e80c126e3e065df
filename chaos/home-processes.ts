import { readdirSync, readFileSync } from "node:fs";
import { CrisolError } from "../schemas/error.ts";
import type { Target } from "./kill-plan.ts";

/** Every process of a chaos home has this variable, with the home's mark, inherited from its parent. */
const MARK = "CRISOL_CHAOS";

/** What a process does. */
export type Role = "supervisor" | "worker" | "server" | "host" | "trainer" | "other";

/** A process of a chaos home. */
export interface HomeProcess {
  readonly pid: number;
  readonly parent: number;
  readonly role: Role;
  /** Its command line, for people. */
  readonly command: string;
}

/** @throws CrisolError ENVIRONMENT where processes can't be found by their mark */
export function needProcessTable(): void {
  if (process.platform === "linux") return;
  throw new CrisolError({
    code: "ENVIRONMENT",
    what: `chaos finds the processes to kill in /proc, which ${process.platform} does not have`,
    where: "this machine",
    why: "a process that it missed would be left as an orphan, and the check for orphans would prove nothing",
    fix: "run it on Linux, for instance in a container",
  });
}

/** Mark every process that this one starts from now on. */
export function markChildren(mark: string): void {
  process.env[MARK] = mark;
}

/** All living processes that carry a mark. */
export function markedProcesses(mark: string): HomeProcess[] {
  const variable = `${MARK}=${mark}`;
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const pid = Number(name);
      if (!read(pid, "environ").split("\0").includes(variable)) return [];
      const args = read(pid, "cmdline").split("\0");
      const parent = parentOf(pid);
      // a process that is ending no longer has arguments
      return parent === undefined || args.join("") === "" ? [] : [{ pid, parent, role: roleOf(args), command: args.join(" ").trim() }];
    });
}

/** Kill the living processes of a home that match a target, and return their ids. */
export function strike(mark: string, target: Target): number[] {
  const processes = markedProcesses(mark).filter(({ role }) => target === "everything" || role === target);
  // the supervisor first: it would begin to bring the others back
  processes.sort((a, b) => Number(b.role === "supervisor") - Number(a.role === "supervisor"));
  for (const { pid } of processes) kill(pid);
  return processes.map(({ pid }) => pid);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended in the meantime
  }
}

function roleOf(args: readonly string[]): Role {
  const runs = (module: string) => args.some((arg) => arg.endsWith(`${module}.ts`) || arg.endsWith(`${module}.js`));
  if (runs("supervisor-main")) return "supervisor";
  if (runs("worker-main")) return "worker";
  if (runs("engine/hosts/child/main")) return "host";
  if (args.includes("start-dev")) return "server";
  if (args.some((arg) => arg.startsWith("crisol_trainer."))) return "trainer";
  return "other";
}

function parentOf(pid: number): number | undefined {
  const stat = read(pid, "stat");
  const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return parent === undefined || state === "Z" || state === "X" ? undefined : Number(parent);
}

function read(pid: number, file: "environ" | "cmdline" | "stat"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    // gone, or another user's
    return "";
  }
}
