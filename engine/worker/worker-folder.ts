import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "../../schemas/hash.ts";
import { livesHere, type ProcessIdentity, thisProcess } from "../../system/processes/process-identity.ts";

/** A worker's own folder in its home. */
export interface WorkerFolder {
  /** Scratch space of its stages. */
  readonly scratch: string;
  /** Its running attempts. */
  readonly attempts: string;
  remove(): Promise<void>;
}

/**
 * Create a folder for this process, named by its identity, and find those of dead workers of this machine:
 * the caller takes over what they left, and removes them.
 */
export async function claimWorkerFolder(home: string): Promise<{ readonly own: WorkerFolder; readonly dead: readonly WorkerFolder[] }> {
  const workers = join(home, "workers");
  const me = thisProcess();
  const own = folderOf(join(workers, nameOf(me)));
  await Promise.all([own.scratch, own.attempts].map((folder) => mkdir(folder, { recursive: true })));
  const names = (await readdir(workers)).filter((name) => isDead(name, me));
  return { own, dead: names.map((name) => folderOf(join(workers, name))) };
}

function folderOf(folder: string): WorkerFolder {
  return {
    scratch: join(folder, "scratch"),
    attempts: join(folder, "attempts"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function nameOf({ pid, started, place }: ProcessIdentity): string {
  return `${pid}-${started}-${digestOf(place).slice(0, 12)}`;
}

/** Whether a folder's worker ran on this machine and has ended; false for workers of other machines. */
function isDead(name: string, me: ProcessIdentity): boolean {
  const [pid = "", started = ""] = name.split("-");
  const worker = { pid: Number(pid), started: Number(started), place: me.place };
  return name === nameOf(worker) && !livesHere(worker);
}
