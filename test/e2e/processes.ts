import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The processes on this machine whose command line contains all of these words. */
export async function processesWith(...words: readonly string[]): Promise<number[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const line = await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "");
      return words.every((word) => line.includes(word)) ? [Number(id)] : [];
    }),
  );
  return found.flat().filter((id) => id !== process.pid);
}

/** The processes of a home's services, according to `services.json`. */
export async function servicesOf(home: string): Promise<{ supervisor: number; server: number; worker: number }> {
  const state = JSON.parse(await readFile(join(home, "services.json"), "utf8")) as {
    supervisor: { pid: number };
    server: { process: { pid: number } };
    worker: { process: { pid: number } };
  };
  return { supervisor: state.supervisor.pid, server: state.server.process.pid, worker: state.worker.process.pid };
}

/** Kill processes outright, ignoring those that are already gone. */
export function kill(...ids: readonly number[]): void {
  for (const id of ids) {
    try {
      process.kill(id, "SIGKILL");
    } catch {
      // it ended by itself
    }
  }
}
