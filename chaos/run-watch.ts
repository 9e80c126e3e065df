import type { Progress, RunEvent } from "../schemas/event.ts";
import { isOver, type RunState } from "../schemas/run-state.ts";
import { foldEvent, type RunView } from "../store/runs/run-fold.ts";
import type { Runs } from "../store/runs/runs.ts";
import { progressText } from "../system/text/figures.ts";
import type { TimedNode } from "./kill-plan.ts";

/** A running node, and its progress as text. */
export interface NodeAtWork {
  readonly node: string;
  readonly progress?: string;
}

/** Follows a run by its journal, and knows its progress. */
export class RunWatch {
  readonly runId: string;
  readonly #view: RunView;
  /** When the last attempt of a node began, on this process's clock, and its progress. */
  readonly #attempts = new Map<string, { readonly began: number; progress?: Progress }>();
  /** Signs of work: an attempt, a shard done, a node done. Milliseconds since the epoch. */
  readonly #signs: { readonly at: number; readonly node?: string }[] = [];
  #states = 0;
  #events = 0;

  constructor(view: RunView) {
    this.runId = view.state.runId;
    this.#view = view;
  }

  /** Follow the journal from its beginning until the run is over, or the signal aborts. */
  async follow(runs: Runs, signal: AbortSignal): Promise<void> {
    for await (const event of runs.follow(this.runId, signal)) {
      this.#take(event);
      if (this.over) return;
    }
  }

  get state(): RunState {
    return this.#view.state;
  }

  /** State events so far. */
  get states(): number {
    return this.#states;
  }

  /** Events so far. */
  get events(): number {
    return this.#events;
  }

  get over(): boolean {
    return isOver(this.state);
  }

  atWork(): NodeAtWork[] {
    return this.state.nodes
      .filter(({ status }) => status === "running")
      .map(({ name }) => {
        const progress = this.#attempts.get(name)?.progress;
        return { node: name, ...(progress === undefined ? {} : { progress: progressText(progress) }) };
      });
  }

  /** Whether a node reported its progress with a total in its last attempt. */
  reportsProgress(name: string): boolean {
    return this.#attempts.get(name)?.progress?.total !== undefined;
  }

  /** Whether a node has reached a fraction of its work: by its progress, otherwise by its time; a node that is done has. */
  reached({ name, seconds, reportsProgress }: TimedNode, fraction: number): boolean {
    if (this.state.nodes.find((node) => node.name === name)?.status === "done") return true;
    const attempt = this.#attempts.get(name);
    if (attempt === undefined) return false;
    const { began, progress } = attempt;
    if (!reportsProgress) return performance.now() - began >= 1000 * seconds * fraction;
    return progress?.total !== undefined && progress.done >= fraction * progress.total;
  }

  /** When work resumed after a moment (milliseconds since the epoch), on one of these nodes, or on any. */
  workSince(moment: number, nodes: readonly string[]): number | undefined {
    return this.#signs.find(({ at, node }) => at > moment && (nodes.length === 0 || node === undefined || nodes.includes(node)))?.at;
  }

  #take(event: RunEvent): void {
    foldEvent(this.#view, event);
    this.#events += 1;
    const at = Date.parse(event.at);
    switch (event.type) {
      case "attempt":
        this.#attempts.set(event.node, { began: performance.now() });
        this.#signs.push({ at, node: event.node });
        break;
      case "progress": {
        const attempt = this.#attempts.get(event.node);
        if (attempt !== undefined) attempt.progress = event.progress;
        if (event.progress.unit === "shards") this.#signs.push({ at, node: event.node });
        break;
      }
      case "node":
        this.#signs.push({ at, node: event.node.name });
        break;
      case "state":
        this.#states += 1;
        if (this.over) this.#signs.push({ at });
        break;
      case "waits":
      case "attemptFailed":
      case "log":
        break;
    }
  }
}
