import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { lackFix, lackOf } from "../../planner/offer.ts";
import type { Digest } from "../../schemas/digest.ts";
import { CrisolError } from "../../schemas/error.ts";
import { type Asker, FairSemaphore } from "./fair-semaphore.ts";
import type { JobListener } from "./host-process.ts";
import { HostProcess } from "./host-process.ts";
import type { Job, JobOutcome } from "./protocol.ts";

/** A host is replaced after this many code packages, which are never unloaded, or this many jobs, which may have left something behind. */
const PACKAGES_PER_HOST = 64;
const JOBS_PER_HOST = 2_000;

/** Hosts, one per slot, kept warm for the next job; a job without a slot waits its turn. */
export class HostPool {
  readonly #size: number;
  /** The host that has been idle longest comes first. */
  #idle: HostProcess[] = [];
  readonly #busy = new Set<HostProcess>();
  readonly #packages = new WeakMap<HostProcess, Set<Digest>>();
  readonly #slots: FairSemaphore;
  readonly #unit: "cpus" | "gpus";

  /**
   * @param size slots, and how many idle hosts are kept
   * @param unit what a slot is: a job takes as many as its stage needs
   */
  constructor(size: number, unit: "cpus" | "gpus" = "cpus") {
    this.#size = size;
    this.#unit = unit;
    this.#slots = new FairSemaphore(size);
  }

  /**
   * Run a job in a warm host with enough memory, or in a new one, once it is its turn.
   *
   * @throws CrisolError ENVIRONMENT when its stage needs more than there is.
   */
  async run(job: Job, { sinceMs, signal }: Pick<Asker, "sinceMs" | "signal">, listener: JobListener): Promise<JobOutcome> {
    const { name, resources } = job.node;
    const lack = lackOf(resources, { [this.#unit]: this.#size });
    if (lack !== undefined) throw tooLittle(name, lack);
    if (resources.disk !== undefined) await needRoom(name, resources.disk, dirname(job.scratch));
    const release = await this.#slots.take({ run: job.record.run, sinceMs, signal, slots: resources[this.#unit] });
    let host: HostProcess | undefined;
    try {
      listener.started();
      host = this.#take(job.node.resources.memory);
      this.#busy.add(host);
      this.#packages.set(host, (this.#packages.get(host) ?? new Set()).add(job.node.code));
      const outcome = await host.run(job, signal, listener);
      await this.#giveBack(host);
      return outcome;
    } catch (error) {
      // a job that failed or was stopped may have left something running
      await host?.kill();
      throw error;
    } finally {
      if (host !== undefined) this.#busy.delete(host);
      release();
    }
  }

  /** Add a host that was started before the first job. */
  keep(host: HostProcess): void {
    this.#idle.push(host);
  }

  /** Kill every host. */
  async close(): Promise<void> {
    await Promise.all([...this.#idle.splice(0), ...this.#busy].map((host) => host.kill()));
  }

  #take(memory: number): HostProcess {
    this.#idle = this.#idle.filter((host) => host.alive);
    const index = this.#idle.findIndex((host) => host.memory >= memory);
    const [warm] = index < 0 ? [] : this.#idle.splice(index, 1);
    return warm ?? new HostProcess(memory);
  }

  async #giveBack(host: HostProcess): Promise<void> {
    const isFresh = host.jobs < JOBS_PER_HOST && (this.#packages.get(host)?.size ?? 0) < PACKAGES_PER_HOST;
    if (!host.alive || !isFresh) return host.kill();
    this.#idle.push(host);
    // a job takes the host that has been idle longest if it is large enough, so this one is too small for the current jobs
    if (this.#idle.length > this.#size) await this.#idle.shift()?.kill();
  }
}

/** @throws CrisolError STORE_FULL, which another attempt may find otherwise. */
async function needRoom(stage: string, mebibytes: number, folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  if (free >= mebibytes) return;
  throw new CrisolError({
    code: "STORE_FULL",
    what: `the stage asks for ${mebibytes} MiB of disk, and ${free} MiB are free`,
    where: `stage ${stage}, in ${folder}`,
    why: "it would fill the disk while it runs",
    fix: "make room (`crisol gc`), or ask for less in its `resources`, then `crisol resume`",
  });
}

function tooLittle(stage: string, lack: string): CrisolError {
  return new CrisolError({
    code: "ENVIRONMENT",
    what: `the stage ${lack}`,
    where: `stage ${stage}, on the worker that took it`,
    why: "it would wait for ever",
    fix: `${lackFix}; then \`crisol resume\``,
  });
}
