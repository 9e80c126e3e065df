import type { Digest } from "../../schemas/digest.ts";
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

  /** @param size how many jobs run at once, and how many idle hosts are kept */
  constructor(size: number) {
    this.#size = size;
    this.#slots = new FairSemaphore(size);
  }

  /** Run a job in a warm host with enough memory, or in a new one, once it is its turn. */
  async run(job: Job, { sinceMs, signal }: Pick<Asker, "sinceMs" | "signal">, listener: JobListener): Promise<JobOutcome> {
    const release = await this.#slots.take({ run: job.record.run, sinceMs, signal });
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
