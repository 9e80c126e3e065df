import { readFileSync } from "node:fs";

/** How many processes the kernel has killed since boot because memory was short; undefined on systems that do not report it. */
export function kernelKills(): number | undefined {
  try {
    const [, count] = /^oom_kill (\d+)$/m.exec(readFileSync("/proc/vmstat", "utf8")) ?? [];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined;
  }
}
