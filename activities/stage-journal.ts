import type { ErrorParts } from "../schemas/error.ts";
import type { LogLevel, Progress, RunEvent } from "../schemas/event.ts";
import type { NodeState } from "../schemas/run-state.ts";
import type { Store } from "../store/store.ts";

/** Milliseconds that progress and log lines are gathered before they are written. */
const FLUSH_EVERY = 500;

/** A stage's part of its run's journal: turns are written at once, progress (the newest alone) and log lines in bundles. */
export class StageJournal {
  readonly #store: Store;
  readonly #runId: string;
  readonly #node: string;
  #lines: RunEvent[] = [];
  #progress: RunEvent | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Store, runId: string, node: string) {
    this.#store = store;
    this.#runId = runId;
    this.#node = node;
  }

  attempt(attempt: number): void {
    this.#lines.push({ type: "attempt", at: now(), node: this.#node, attempt });
    this.#flushQuietly();
  }

  attemptFailed(attempt: number, { code, what, where, why, fix }: ErrorParts, retry: boolean): Promise<void> {
    return this.#now({ type: "attemptFailed", at: now(), node: this.#node, attempt, error: { code, what, where, why, fix }, retry });
  }

  node(node: NodeState): Promise<void> {
    return this.#now({ type: "node", at: now(), node });
  }

  progress(progress: Progress): void {
    this.#progress = { type: "progress", at: now(), node: this.#node, progress };
    this.#soon();
  }

  log(level: LogLevel, message: string): void {
    this.#lines.push({ type: "log", at: now(), node: this.#node, level, message });
    this.#soon();
  }

  /** Write what is gathered. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = [...this.#lines, ...(this.#progress ? [this.#progress] : [])];
    this.#lines = [];
    this.#progress = undefined;
    await this.#append(events);
  }

  async #now(event: RunEvent): Promise<void> {
    this.#flushQuietly();
    await this.#append([event]);
  }

  /** Append behind what is being written, whether or not that succeeds. */
  #append(events: readonly RunEvent[]): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#store.runs.append(this.#runId, events));
    return this.#writing;
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flushQuietly();
    }, FLUSH_EVERY);
  }

  #flushQuietly(): void {
    // a line that can't be written (a full disk) must not end the stage's work; a turn that can't is told
    this.flush().catch(() => undefined);
  }
}

function now(): string {
  return new Date().toISOString();
}
