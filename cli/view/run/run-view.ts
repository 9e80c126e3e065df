import type { Progress, RunEvent } from "../../../schemas/event.ts";
import type { NodeState } from "../../../schemas/run-state.ts";
import { foldEvent, type RunView } from "../../../store/runs/run-fold.ts";

/** Losses kept for the sparkline. */
const LOSSES = 240;

/** A node as it is shown: its state, and live figures. */
export interface NodeView {
  readonly node: NodeState;
  readonly progress: Progress | undefined;
  /** The newest last. */
  readonly losses: readonly number[];
  /** When the running attempt began. */
  readonly startedAt: Date | undefined;
}

/** A run as it is shown while it is followed: its journal's state, and what matters only on a screen. */
export class LiveView {
  readonly #run: RunView;
  readonly #losses = new Map<string, readonly number[]>();
  readonly #startedAt = new Map<string, Date>();

  /** @param run its state before the events that are followed */
  constructor(run: RunView) {
    this.#run = run;
  }

  /** Apply an event of the journal. */
  take(event: RunEvent): void {
    // an attempt that handed out its shards begins again to join them
    const goesOn =
      event.type === "attempt" &&
      this.#run.state.nodes.some(({ name, status, attempts }) => name === event.node && status === "running" && attempts === event.attempt);
    foldEvent(this.#run, event);
    if (event.type === "attempt" && !goesOn) this.#startedAt.set(event.node, new Date(event.at));
    const loss = event.type === "progress" ? event.progress.metrics?.loss : undefined;
    if (event.type === "progress" && loss !== undefined) {
      this.#losses.set(event.node, [...(this.#losses.get(event.node) ?? []), loss].slice(-LOSSES));
    }
  }

  /** In the order of the plan. */
  get nodes(): NodeView[] {
    return this.#run.state.nodes.map((node) => ({
      node,
      progress: this.#run.progress.get(node.name),
      losses: this.#losses.get(node.name) ?? [],
      startedAt: this.#startedAt.get(node.name),
    }));
  }
}
