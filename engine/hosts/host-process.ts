import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CrisolError } from "../../schemas/error.ts";
import type { LogLevel, Progress } from "../../schemas/event.ts";
import { LivenessClock } from "../../system/liveness-clock.ts";
import { kernelKills } from "../../system/processes/kernel-kills.ts";
import { readLines } from "../../system/processes/output-lines.ts";
import { endGroup, signalGroup } from "../../system/processes/process-group.ts";
import { bounded } from "../../system/text/bounded-text.ts";
import { secretHider } from "./child/hide-secrets.ts";
import { LIVENESS_DESCRIPTOR } from "./child/liveness-thread.ts";
import { crashOf, notStoppedInTime, silentFor } from "./host-errors.ts";
import type { FromHost, Job, JobOutcome, ToHost } from "./protocol.ts";

/** Milliseconds that an aborted stage gets to save its state before its host is killed: more than a trainer gets. */
const ABORT_GRACE_MS = 30_000;
/** Milliseconds without a sign of life after which a host is considered dead. */
const SILENT_FOR_MS = 30_000;
/** Milliseconds between checks of whether a host still gives signs of life. */
const LOOK_EVERY_MS = 1_000;
/** Characters shown of each of a crashed host's last lines. */
const LAST_LINE = 400;

/** Receives what a job reports while it runs. */
export interface JobListener {
  /** The job has a host: its time starts. */
  started(): void;
  progress(progress: Progress): void;
  log(level: LogLevel, message: string): void;
  checkpoint(step: number): void;
}

/** A host: a child process with a JavaScript heap of a given size, which runs one job at a time. */
export class HostProcess {
  /** JavaScript heap, in MiB. */
  readonly memory: number;
  jobs = 0;
  readonly #abortGraceMs: number;
  readonly #silentForMs: number;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #lastLines: string[] = [];
  /** Removes the values of a stage's secrets from what it prints, as that is stored for all to read. */
  #hide: (text: string) => string = (text) => text;
  #listener: JobListener | undefined;
  #silence = new LivenessClock(2 * LOOK_EVERY_MS);
  /** How many processes the kernel had killed when the job started. */
  #kernelKills: number | undefined;
  #settle: { resolve: (outcome: JobOutcome) => void; reject: (error: unknown) => void } | undefined;

  /**
   * @param patience.abortGraceMs milliseconds that an aborted stage gets before it is killed
   * @param patience.silentForMs milliseconds without a sign of life after which it is killed
   */
  constructor(memory: number, patience: { readonly abortGraceMs?: number; readonly silentForMs?: number } = {}) {
    this.memory = memory;
    this.#abortGraceMs = patience.abortGraceMs ?? ABORT_GRACE_MS;
    this.#silentForMs = patience.silentForMs ?? SILENT_FOR_MS;
    const entry = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "./child/main.ts" : "./child/main.js", import.meta.url));
    this.#child = fork(entry, {
      execArgv: [`--max-old-space-size=${memory}`],
      serialization: "advanced",
      // its own process group, so that what a stage starts ends with its host
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
    });
    this.#child.on("message", (message: FromHost) => this.#receive(message));
    this.#child.stdio[LIVENESS_DESCRIPTOR]?.on("data", () => this.#silence.heard());
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      const printed = (line: string) => {
        this.#lastLines = [...this.#lastLines.slice(-19), bounded(line, LAST_LINE)];
        this.#listener?.log("debug", line);
      };
      void readLines(stream, printed, (line) => this.#hide(line));
    }
    this.#exited = new Promise((resolve) => {
      this.#child.once("error", (cause) => {
        this.#settle?.reject(cause);
        resolve();
      });
      this.#child.once("exit", () => endGroup(this.#child));
      this.#child.once("close", (code, signal) => {
        this.#settle?.reject(this.#crash(code, signal));
        resolve();
      });
    });
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null && this.#child.connected;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Run one job.
   *
   * @throws CrisolError as the stage raised it; HOST_CRASHED or OUT_OF_MEMORY when the process died
   */
  async run(job: Job, signal: AbortSignal, listener: JobListener): Promise<JobOutcome> {
    this.jobs += 1;
    this.#listener = listener;
    this.#hide = secretHider(job.node.params, process.env);
    this.#lastLines = [];
    this.#kernelKills = kernelKills();
    this.#silence = new LivenessClock(2 * LOOK_EVERY_MS);
    const watch = setInterval(() => this.#listen(), LOOK_EVERY_MS);
    let killer: NodeJS.Timeout | undefined;
    const abort = () => {
      this.#send({ type: "abort" });
      killer = setTimeout(() => {
        // this is not a crash and must not count as a failed attempt
        this.#settle?.reject(notStoppedInTime(job.node.name, this.#abortGraceMs));
        void this.kill();
      }, this.#abortGraceMs);
    };
    try {
      return await new Promise<JobOutcome>((resolve, reject) => {
        this.#settle = { resolve, reject };
        if (!this.alive) return reject(this.#crash(this.#child.exitCode, this.#child.signalCode));
        this.#send({ type: "run", job });
        if (signal.aborted) abort();
        else signal.addEventListener("abort", abort, { once: true });
      });
    } finally {
      clearInterval(watch);
      clearTimeout(killer);
      signal.removeEventListener("abort", abort);
      this.#listener = undefined;
      this.#settle = undefined;
    }
  }

  /** End the process and wait until it is gone. */
  async kill(): Promise<void> {
    signalGroup(this.pid, "SIGKILL");
    await this.#exited;
  }

  /** Kill a host that gives no more signs of life: stopped or lost by the system, it would not end by itself. */
  #listen(): void {
    if (this.#silence.look() < this.#silentForMs) return;
    this.#settle?.reject(silentFor(this.#silentForMs, this.pid));
    void this.kill();
  }

  #send(message: ToHost): void {
    // a dying host has closed its channel; its exit settles the job
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #receive(message: FromHost): void {
    this.#silence.heard();
    switch (message.type) {
      case "ready":
        break;
      case "progress":
        this.#listener?.progress(message.progress);
        break;
      case "log":
        this.#listener?.log(message.level, this.#hide(message.message));
        break;
      case "checkpoint":
        this.#listener?.checkpoint(message.step);
        break;
      case "done":
        this.#settle?.resolve(message.outcome);
        break;
      case "failed":
        // the stack of a stage that stopped when asked is of no use
        if (message.error.code !== "CANCELED") this.#listener?.log("error", this.#hide(message.stack));
        this.#settle?.reject(
          new CrisolError({ ...message.error, what: this.#hide(message.error.what), where: this.#hide(message.error.where) }),
        );
        break;
    }
  }

  #crash(code: number | null, signal: NodeJS.Signals | null): CrisolError {
    const kills = kernelKills();
    const killedByKernel = signal === "SIGKILL" && kills !== undefined && kills > (this.#kernelKills ?? kills);
    return crashOf({ code, signal, killedByKernel, memory: this.memory, pid: this.pid, lastLines: this.#lastLines });
  }
}
