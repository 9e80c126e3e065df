import type { Progress, RunEvent } from "../../schemas/event.ts";
import type { Plan } from "../../schemas/plan.ts";
import { isOver, type NodeState, type RunState } from "../../schemas/run-state.ts";
import type { JournalPlace } from "./journal-place.ts";

/** The state of a run according to its journal so far. */
export interface RunView {
  state: RunState;
  /** The last progress of each node. */
  readonly progress: Map<string, Progress>;
}

/** A view, and where in the journal it was taken: what comes later can be followed from there. */
export interface PlacedView extends RunView {
  readonly place: JournalPlace;
}
/** The view of a run without any events: every node waits. */
export function initialView(run: Pick<RunState, "runId" | "pipeline" | "planDigest">, planned: Plan["nodes"]): RunView {
  const nodes = planned.map(({ name, stage }): NodeState => ({ name, stage, status: "waiting", cached: false, attempts: 0 }));
  const { runId, pipeline, planDigest } = run;
  return { state: { runId, pipeline, planDigest, status: "running", nodes, outputs: {} }, progress: new Map() };
}

/** Apply one event. Events after the end of the run, from attempts that nobody waits for any more, change nothing. */
export function foldEvent(view: RunView, event: RunEvent): void {
  if (event.type !== "state" && isOver(view.state)) return;
  switch (event.type) {
    case "state":
      view.state = event.state;
      return;
    case "node":
      replaceNode(view, event.node.name, ({ note }) => ({ ...(note === undefined ? {} : { note }), ...event.node }));
      return;
    case "attempt":
      replaceNode(view, event.node, ({ error: _, waitsFor: __, ...node }) => ({ ...node, status: "running", attempts: event.attempt }));
      return;
    case "waits":
      replaceNode(view, event.node, (node) => ({ ...node, waitsFor: event.for }));
      return;
    case "attemptFailed":
      replaceNode(view, event.node, ({ waitsFor: _, ...node }) => ({
        ...node,
        attempts: event.attempt,
        error: event.error,
        ...(event.retry ? {} : { status: "failed" }),
      }));
      return;
    case "progress":
      view.progress.set(event.node, event.progress);
      return;
    case "log":
      return;
  }
}

function replaceNode(view: RunView, name: string, change: (node: NodeState) => NodeState): void {
  view.state = { ...view.state, nodes: view.state.nodes.map((node) => (node.name === name ? change(node) : node)) };
}
