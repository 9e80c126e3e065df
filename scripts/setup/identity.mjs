/** The identity of a process: a process id alone may belong to another one by now. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** @typedef {{ pid: number, start: string }} Identity */

/** When a process started, according to the system; undefined when there is no such process. @param {number} pid @returns {string | undefined} */
export function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    if (process.platform === "linux") return undefined;
  }
  try {
    return (
      execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim() ||
      undefined
    );
  } catch {
    return undefined;
  }
}

/** @param {number} pid @returns {Identity | undefined} */
export function identify(pid) {
  const start = startOf(pid);
  return start === undefined ? undefined : { pid, start };
}

/** @param {Identity | undefined} identity */
export function isAlive(identity) {
  return identity !== undefined && startOf(identity.pid) === identity.start;
}
