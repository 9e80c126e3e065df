import { type HomeProcess, markedProcesses } from "./home-processes.ts";

const LOOK_EVERY_MS = 1_000;
/** Checks for which a process may outlive its parent: hosts and trainers end by themselves, a worker and a server wait for the next supervisor. */
const LOOKS = { byItself: 10, byOthers: 30 };

/**
 * Watches for strays: processes of a home that keep running after their parent has gone.
 *
 * @param lookEveryMs milliseconds between two checks
 * @returns a function that ends the watch and returns the strays
 */
export function watchStrays(mark: string, lookEveryMs = LOOK_EVERY_MS): () => HomeProcess[] {
  const seen = new Map<number, number>();
  const strays = new Map<number, HomeProcess>();
  const timer = setInterval(() => {
    const processes = markedProcesses(mark);
    const living = new Set(processes.map(({ pid }) => pid));
    for (const pid of seen.keys()) if (!living.has(pid)) seen.delete(pid);
    for (const each of processes) {
      const alone = each.role !== "supervisor" && !living.has(each.parent) && each.parent !== process.pid;
      const looks = alone ? (seen.get(each.pid) ?? 0) + 1 : 0;
      seen.set(each.pid, looks);
      if (looks > (each.role === "worker" || each.role === "server" ? LOOKS.byOthers : LOOKS.byItself)) strays.set(each.pid, each);
    }
  }, lookEveryMs);
  return () => {
    clearInterval(timer);
    return [...strays.values()];
  };
}
