import { statSync } from "node:fs";
import type { ErrorData } from "../../../schemas/run-state.ts";
import { thisProcess } from "../../../system/processes/process-identity.ts";
import { registerSearchAttributes } from "../../connection/search-attributes.ts";
import { connectionSettings } from "../../connection/settings/connection.ts";
import type { Config } from "../../connection/settings/define.ts";
import { needServer } from "../../connection/unreachable.ts";
import type { Home } from "../../home.ts";
import { endLeftovers } from "../end-leftovers.ts";
import type { KeptProcess } from "../kept-process.ts";
import { keptError } from "../services-errors.ts";
import { readServices, removeServices, type ServicesState, writeServices } from "../services-state.ts";
import { startTemporalServer } from "../temporal-server.ts";
import { keepUp } from "./keep-up.ts";
import { startWorkerProcess } from "./worker-process.ts";

/** Longer than a worker gives its stages to save their state; milliseconds, like the rest. */
const WORKER_STOPS_WITHIN_MS = 50_000;
const SERVER_STOPS_WITHIN_MS = 10_000;
const EXTERNAL_ANSWERS_WITHIN_MS = 10_000;
/** Failed starts in a row of a service that was up once, before `failed` is reported to commands. */
const FAILURES_REPORTED = 3;
/** Time between checks that home and services.json are in place. */
const GUARD_EVERY_MS = 1_000;

type Service = "server" | "worker";

/** What a supervisor needs to know. */
export interface SupervisorOptions {
  readonly home: Home;
  readonly config: Config;
  /** The digest of the settings that commands must share. */
  readonly settings: string;
  /** The worker's module. */
  readonly worker: string;
  /** Whether the home is still in place: nothing is written to, or started for, a home that may have been replaced. */
  readonly hasHome: () => boolean;
  /** Whether there is work left to wait for, on the server at this address. */
  readonly hasOpenWork: (address: string) => Promise<boolean>;
  readonly log: (message: string) => void;
}

/** Keeps a home's Temporal server and worker up, until it is asked to stop or there has been nothing to do for a while. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #stopping = new AbortController();
  readonly #children: Partial<Record<Service, KeptProcess>> = {};
  readonly #up: Record<Service, boolean> = { server: false, worker: false };
  #everUp = false;
  #state: ServicesState;
  #written: Promise<void> = Promise.resolve();
  #serverUp = Promise.withResolvers<string>();
  #lastWork = Date.now();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#state = {
      version: 1,
      phase: "starting",
      supervisor: thisProcess(),
      started: new Date().toISOString(),
      namespace: options.config.namespace,
      external: options.config.address !== undefined,
      settings: options.settings,
    };
  }

  /**
   * Run until stopped. The home's supervisor lock must be held.
   *
   * @returns why server or worker never came up; undefined if they did and were stopped.
   */
  async run(): Promise<ErrorData | undefined> {
    const { home, config } = this.#options;
    await endLeftovers(home);
    await this.#update({});
    const idle = setInterval(() => void this.#stopWhenIdle(), Math.min(30_000, config.idleMinutes * 20_000));
    const guard = setInterval(() => void this.#guardHome(), GUARD_EVERY_MS);
    const { signal } = this.#stopping;
    await Promise.all([
      keepUp((restarts) => this.#launchServer(restarts), this.#events("server"), signal),
      keepUp((restarts) => this.#launchWorker(restarts), this.#events("worker"), signal),
    ]);
    clearInterval(idle);
    clearInterval(guard);
    await this.#stopChildren();
    await this.#written;
    if (this.#state.phase !== "failed" && this.#hasHome()) await removeServices(home);
    return this.#state.error;
  }

  /** Stop the worker, then the server, and let `run` return. */
  stop(reason: string): void {
    if (this.#stopping.signal.aborted) return;
    this.#options.log(`stopping: ${reason}`);
    if (this.#state.phase !== "failed") void this.#update({ phase: "stopping" });
    this.#stopping.abort();
    void this.#stopChildren();
  }

  async #stopChildren(): Promise<void> {
    await this.#children.worker?.stop(WORKER_STOPS_WITHIN_MS);
    await this.#children.server?.stop(SERVER_STOPS_WITHIN_MS);
  }

  async #launchServer(restarts: number): Promise<{ ended: Promise<string> }> {
    const { home, config } = this.#options;
    this.#hasHome();
    this.#stopping.signal.throwIfAborted();
    const server =
      config.address === undefined
        ? await startTemporalServer(home, config, (process) => this.#spawned("server", process, restarts))
        : await this.#findServer(config.address);
    const moved = this.#state.address !== undefined && this.#state.address !== server.address;
    if (moved) void this.#children.worker?.stop(WORKER_STOPS_WITHIN_MS);
    await this.#cameUp("server", { address: server.address });
    this.#serverUp.resolve(server.address);
    return server;
  }

  /** Check an external server, which is not ours to keep up: once it has answered, the worker reconnects to it by itself. */
  async #findServer(address: string): Promise<{ address: string; ended: Promise<string> }> {
    const settings = await connectionSettings(this.#options.config, address);
    await needServer(settings, EXTERNAL_ANSWERS_WITHIN_MS);
    await registerSearchAttributes(settings, this.#options.config.namespace);
    return { address, ended: this.#untilStopped() };
  }

  async #launchWorker(restarts: number): Promise<{ ended: Promise<string> }> {
    const { home, config, worker: module } = this.#options;
    const address = await Promise.race([this.#serverUp.promise, this.#untilStopped()]);
    this.#hasHome();
    this.#stopping.signal.throwIfAborted();
    const options = { module, address, namespace: config.namespace };
    const worker = await startWorkerProcess(home, options, (process) => this.#spawned("worker", process, restarts));
    await this.#cameUp("worker", {});
    return worker;
  }

  #untilStopped(): Promise<string> {
    return new Promise((resolve) => this.#stopping.signal.addEventListener("abort", () => resolve("stopped"), { once: true }));
  }

  async #spawned(service: Service, process: KeptProcess, restarts: number): Promise<void> {
    this.#children[service] = process;
    if (this.#stopping.signal.aborted) await process.stop(0);
    if (process.identity === undefined) return;
    this.#options.log(`${service} is process ${process.identity.pid}`);
    await this.#update({ [service]: { process: process.identity, since: new Date().toISOString(), restarts } });
  }

  async #cameUp(service: Service, change: Partial<ServicesState>): Promise<void> {
    this.#up[service] = true;
    const both = this.#up.server && this.#up.worker;
    this.#everUp ||= both;
    await this.#update(both ? { ...change, phase: "up" } : change);
  }

  #events(service: Service) {
    const { log } = this.#options;
    return {
      ended: async (how: string) => {
        log(`${service} ended: ${how}`);
        this.#up[service] = false;
        if (service === "server") this.#serverUp = Promise.withResolvers();
        await this.#update({ phase: "starting" });
      },
      failed: async (error: unknown, times: number) => {
        log(`${service} failed, ${times} in a row: ${error instanceof Error ? error.stack : String(error)}`);
        // what never came up is for the user to fix; what came up once gets more chances
        if (!this.#everUp || times >= FAILURES_REPORTED) await this.#update({ phase: "failed", error: keptError(error) });
        if (!this.#everUp) this.stop("it can't be started");
      },
    };
  }

  /** Change the state and write it; writes are queued, so that the last change is the last one written. */
  #update(change: Partial<ServicesState>): Promise<void> {
    const { error: _, ...withoutError } = this.#state;
    const state = { ...(change.phase === undefined ? this.#state : withoutError), ...change };
    this.#state = state;
    if (!this.#hasHome()) return this.#written;
    this.#written = this.#written
      .then(() => writeServices(this.#options.home, state))
      .catch((error) => this.#options.log(`services.json: ${String(error)}`));
    return this.#written;
  }

  /** Whether the home is still in place; stops the services if it is not. */
  #hasHome(): boolean {
    const has = this.#options.hasHome();
    if (!has) this.stop("the home was moved or deleted");
    return has;
  }

  /** Rewrite services.json, by which commands find the services, if it was deleted or damaged by hand. */
  async #guardHome(): Promise<void> {
    if (this.#hasHome() && !this.#stopping.signal.aborted && (await readServices(this.#options.home)) === undefined) await this.#update({});
  }

  async #stopWhenIdle(): Promise<void> {
    const { home, config, hasOpenWork, log } = this.#options;
    const isIdle = () => {
      const used = statSync(home.lastUse, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      return Date.now() - Math.max(used, this.#lastWork) >= config.idleMinutes * 60_000;
    };
    if (!isIdle() || this.#state.phase !== "up" || this.#state.address === undefined) return;
    try {
      if (await hasOpenWork(this.#state.address)) this.#lastWork = Date.now();
      // a command may have come while the server was asked
      else if (isIdle()) this.stop(`nothing to do for ${config.idleMinutes} minutes`);
    } catch (error) {
      log(`could not ask for open work: ${String(error)}`);
    }
  }
}
