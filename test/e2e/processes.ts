import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Processes of this machine whose command line holds all of these words. */
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

/** The processes that a home's services run in, as `services.json` says. */
export async function servicesOf(home: string): Promise<{ supervisor: number; server: number; worker: number }> {
  const state = JSON.parse(await readFile(join(home, "services.json"), "utf8")) as {
    supervisor: { pid: number };
    server: { process: { pid: number } };
    worker: { process: { pid: number } };
  };
  return { supervisor: state.supervisor.pid, server: state.server.process.pid, worker: state.worker.process.pid };
}

/** Kill processes outright; one that is gone already is no matter. */
export function kill(...ids: readonly number[]): void {
  for (const id of ids) {
    try {
      process.kill(id, "SIGKILL");
    } catch {
      // it ended by itself
    }
  }
}
