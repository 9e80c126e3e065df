import { type ChildProcess, spawn } from "node:child_process";
import type { LogFile } from "../../system/files/log-file.ts";
import { identityOf, type ProcessIdentity } from "../../system/processes/process-identity.ts";

/** The descriptor on which a kept process may give signs of life. */
export const LIVENESS_DESCRIPTOR = 3;

/** What a kept process reports, apart from its log. */
interface KeptProcessListener {
  readonly line?: (line: string) => void;
  /** Called on each sign of life. */
  readonly sign?: () => void;
}

/** A child of the supervisor, ready or not: its output goes to a log, and its standard input stays open as long as the supervisor lives. */
export class KeptProcess {
  /** Undefined if it could not be started, or ended at once. */
  readonly identity: ProcessIdentity | undefined;
  /** Resolves with how it ended ("signal SIGKILL"). */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #over = false;

  constructor(command: string, args: readonly string[], log: LogFile, listener: KeptProcessListener = {}) {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe", listener.sign ? "pipe" : "ignore"] });
    this.#child = child;
    this.identity = child.pid === undefined ? undefined : identityOf(child.pid);
    child.stdin?.on("error", () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        log.write(chunk);
        for (const line of chunk.toString("utf8").split("\n")) listener.line?.(line);
      });
    }
    child.stdio[LIVENESS_DESCRIPTOR]?.on("data", () => listener.sign?.());
    // not `close`: grandchildren may hold its standard output open
    this.ended = new Promise((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
    void this.ended.then(() => {
      this.#over = true;
    });
  }

  get over(): boolean {
    return this.#over;
  }

  /** Ask it to end, by a signal and by closing its standard input; kill it after `graceMs` milliseconds. */
  async stop(graceMs: number): Promise<void> {
    if (this.#over) return;
    this.#child.stdin?.end();
    this.#child.kill("SIGTERM");
    const killer = setTimeout(() => this.#child.kill("SIGKILL"), graceMs);
    await this.ended;
    clearTimeout(killer);
  }
}
