import { type ErrorParts, errorData } from "../../schemas/error.ts";
import type { JournalEvent, LogLevel, Progress, ShardsDone } from "../../schemas/event.ts";
import type { NodeState } from "../../schemas/run-state.ts";
import type { Store } from "../../store/store.ts";

/** How long progress and log lines are gathered before they are written, and how long a stage's beginning waits to be written with its end. */
const FLUSH_EVERY_MS = 500;
const ATTEMPT_WITHIN_MS = 50;

/** Characters that an attempt may log: showing a run means reading its whole journal, which is on the store's disk. */
const LOG_LIMIT_CHARACTERS = 16 << 20;

/** A stage's part of its run's journal: its end is written at once, with all that came before; progress (the newest alone) and log lines in bundles. */
export class StageJournal {
  readonly #store: Store;
  readonly #runId: string;
  readonly #node: string;
  #lines: JournalEvent[] = [];
  #progress: JournalEvent | undefined;
  #shards: ShardsDone | undefined;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #logged = 0;

  constructor(store: Store, runId: string, node: string) {
    this.#store = store;
    this.#runId = runId;
    this.#node = node;
  }

  attempt(attempt: number): void {
    this.#lines.push({ type: "attempt", at: now(), node: this.#node, attempt });
    this.#within(ATTEMPT_WITHIN_MS);
  }

  /** Another run is already computing the stage, or a shard of it. */
  waits(whom: string): void {
    this.#lines.push({ type: "waits", at: now(), node: this.#node, for: whom });
    this.#within(FLUSH_EVERY_MS);
  }

  /** Shard `from` of the stage's `of` shards is done: its code ran, or it had a record. */
  shard(from: number, of: number, ran: boolean): void {
    const [before, to] = [this.#shards, from + 1];
    if (before !== undefined && before.to === from && before.ran === ran) this.#shards = { ...before, at: now(), to };
    else {
      if (before !== undefined) this.#lines.push(before);
      this.#shards = { type: "shards", at: now(), node: this.#node, from, to, of, ran };
    }
    this.#within(FLUSH_EVERY_MS);
  }

  attemptFailed(attempt: number, parts: ErrorParts, retry: boolean): Promise<void> {
    return this.#now({ type: "attemptFailed", at: now(), node: this.#node, attempt, error: errorData(parts), retry });
  }

  node(node: NodeState): Promise<void> {
    return this.#now({ type: "node", at: now(), node });
  }

  progress(progress: Progress): void {
    this.#progress = { type: "progress", at: now(), node: this.#node, progress };
    this.#within(FLUSH_EVERY_MS);
  }

  log(level: LogLevel, message: string): void {
    if (this.#logged > LOG_LIMIT_CHARACTERS) return;
    this.#logged += message.length;
    this.#lines.push({ type: "log", at: now(), node: this.#node, level, message });
    if (this.#logged > LOG_LIMIT_CHARACTERS) {
      const excess = `has logged more than ${LOG_LIMIT_CHARACTERS >> 20} million characters: what it logs from now on is left out`;
      this.#lines.push({ type: "log", at: now(), node: this.#node, level: "warn", message: `this attempt ${excess}` });
    }
    this.#within(FLUSH_EVERY_MS);
  }

  /** Write what is gathered. */
  async flush(): Promise<void> {
    await this.#append(this.#gathered());
  }

  async #now(event: JournalEvent): Promise<void> {
    await this.#append([...this.#gathered(), event]);
  }

  #gathered(): JournalEvent[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = [...this.#lines, ...(this.#shards ? [this.#shards] : []), ...(this.#progress ? [this.#progress] : [])];
    this.#lines = [];
    this.#shards = undefined;
    this.#progress = undefined;
    return events;
  }

  /** Append behind what is being written, whether or not that succeeds. */
  #append(events: readonly JournalEvent[]): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#store.runs.append(this.#runId, events));
    return this.#writing;
  }

  #within(ms: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#flushQuietly();
    }, ms);
  }

  #flushQuietly(): void {
    // a log line that can't be written (a full disk) must not end the stage's work; for a status, the caller gets the error
    this.flush().catch(() => undefined);
  }
}

function now(): string {
  return new Date().toISOString();
}
