import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";

/** Identifies a process, so that another can check whether it is still alive: ids are reused, so its start time is included. */
export const ProcessIdentity = z.object({
  pid: z.int().positive(),
  /** Its start, in ticks since boot; 0 where the system does not report it. */
  started: z.number(),
  /** Machine, boot and process namespace, within which alone a process id can be looked up. */
  place: z.string(),
});
export type ProcessIdentity = z.output<typeof ProcessIdentity>;

let me: ProcessIdentity | undefined;

/** The identity of this process. */
export function thisProcess(): ProcessIdentity {
  me ??= { pid: process.pid, started: processStart(process.pid) ?? 0, place: placeOfThisProcess() };
  return me;
}

/** The identity of a process by its id; undefined when it is gone. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const started = processStart(pid);
  return started === undefined ? undefined : { pid, started, place: thisProcess().place };
}

/** Whether a process is certainly alive: enough to send it a signal, which must not reach a process that got its id later. */
export function livesHere(identity: ProcessIdentity): boolean {
  return identity.place === thisProcess().place && processStart(identity.pid) === identity.started;
}

/** Whether a process may be alive; one of another machine or namespace is assumed to be. */
export function mayLive(identity: ProcessIdentity): boolean {
  if (identity.place !== thisProcess().place) return true;
  if (!answersSignals(identity.pid)) return false;
  const started = processStart(identity.pid);
  return started === undefined ? process.platform !== "linux" : started === identity.started;
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** The start of a process in clock ticks since boot (milliseconds where there is no /proc); undefined when it is gone or a zombie. */
function processStart(pid: number): number | undefined {
  if (process.platform !== "linux") return processStartByPs(pid);
  const stat = readOr(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  // the second field, a name in parentheses, may itself contain spaces and parentheses
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields?.[0];
  const started = fields?.[19];
  return started === undefined || state === "Z" || state === "X" ? undefined : Number(started);
}

function processStartByPs(pid: number): number | undefined {
  const started = readOr(() =>
    execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
  );
  const time = Date.parse(started ?? "");
  return Number.isNaN(time) ? undefined : time;
}

function placeOfThisProcess(): string {
  const boot = readOr(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  const namespace = readOr(() => readlinkSync("/proc/self/ns/pid"));
  return [hostname(), boot ?? "", namespace ?? ""].join(" ");
}

function readOr(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
