import type { Progress, RunEvent } from "../../schemas/event.ts";
import type { NodeState, RunState } from "../../schemas/run-state.ts";

/** Losses kept for the sparkline. */
const LOSSES = 240;

/** A node as it is shown: its state, and what is live of it. */
export interface NodeView {
  readonly node: NodeState;
  readonly progress?: Progress;
  /** The newest last. */
  readonly losses: readonly number[];
  /** When the attempt under way began. */
  readonly startedAt?: Date;
}

/** A run as it is shown, folded from its journal. */
export interface RunView {
  readonly state?: RunState;
  readonly nodes: ReadonlyMap<string, NodeView>;
}

export const emptyView: RunView = { nodes: new Map() };

/** Take one event of the journal in. */
export function fold(view: RunView, event: RunEvent): RunView {
  switch (event.type) {
    case "state":
      return {
        state: event.state,
        nodes: new Map(event.state.nodes.map((node) => [node.name, { losses: [], ...view.nodes.get(node.name), node }])),
      };
    case "node":
      return change(view, event.node.name, (shown) => ({ ...shown, node: { ...shown.node, ...event.node } }));
    case "attempt":
      return change(view, event.node, (shown) => ({
        ...shown,
        startedAt: new Date(event.at),
        node: { ...shown.node, status: "running", attempts: event.attempt },
      }));
    case "attemptFailed":
      return change(view, event.node, (shown) => ({
        ...shown,
        node: { ...shown.node, error: event.error, ...(event.retry ? {} : { status: "failed" }) },
      }));
    case "progress":
      return change(view, event.node, (shown) => {
        const loss = event.progress.metrics?.loss;
        return { ...shown, progress: event.progress, losses: loss === undefined ? shown.losses : [...shown.losses, loss].slice(-LOSSES) };
      });
    case "log":
      return view;
  }
}

function change(view: RunView, name: string, update: (shown: NodeView) => NodeView): RunView {
  const shown = view.nodes.get(name);
  // an event of a node that an amended plan no longer has
  if (shown === undefined) return view;
  return { ...view, nodes: new Map(view.nodes).set(name, update(shown)) };
}
