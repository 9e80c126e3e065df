import type { RunLine } from "../../../schemas/command-output/run-line.ts";
import type { RunEvent } from "../../../schemas/event.ts";
import type { NodeState, RunState } from "../../../schemas/run-state.ts";
import { ReportedNodes } from "./reported-nodes.ts";

/** Turns a run's events into the objects of `run --json`, one a line. */
export class JsonLines {
  readonly #reported: ReportedNodes;

  /** @param before the current state of the run's nodes: what is already done is not reported again */
  constructor(before: readonly NodeState[]) {
    this.#reported = new ReportedNodes(before);
  }

  of(event: RunEvent): RunLine[] {
    switch (event.type) {
      case "state":
        return event.state.nodes.filter((node) => node.status === "done" || node.status === "failed").flatMap((node) => this.#stage(node));
      case "node":
        return this.#stage(event.node);
      case "attempt":
        this.#reported.forget(event.node);
        return [{ type: "stage", name: event.node, status: "running", attempt: event.attempt }];
      case "waits":
        return [{ type: "stage", name: event.node, status: "waiting", waitsFor: event.for }];
      case "attemptFailed":
        return [{ type: "attemptFailed", name: event.node, attempt: event.attempt, retry: event.retry, error: event.error }];
      case "progress":
        return [{ type: "progress", name: event.node, ...event.progress }];
      case "log":
        return event.level === "debug" ? [] : [{ type: "log", name: event.node, level: event.level, message: event.message }];
    }
  }

  #stage(node: NodeState): RunLine[] {
    if (!this.#reported.isNew(node)) return [];
    const { name, status, cached, seconds, outputs, error, note } = node;
    return [
      {
        type: "stage",
        name,
        status,
        cached,
        seconds: seconds ?? 0,
        outputs: outputs ?? {},
        ...(error && { error }),
        ...(note && { note }),
      },
    ];
  }
}

/** The last line of `run --json`. */
export function resultLine(state: RunState): RunLine {
  const outputs = Object.fromEntries(Object.entries(state.outputs).map(([name, { kind, digest }]) => [name, { kind, digest }]));
  const ran = state.nodes.some((node) => node.status === "done" && !node.cached);
  const ofRun = state.error === undefined ? [] : [{ name: state.pipeline, ...state.error }];
  const ofNodes = state.nodes.flatMap((node) =>
    node.error === undefined || node.status === "done" ? [] : [{ name: node.name, ...node.error }],
  );
  const errors = [...ofRun, ...ofNodes];
  const status = state.status === "completed" && !ran ? "unchanged" : state.status;
  return { type: "result", runId: state.runId, status, outputs, ...(errors.length > 0 ? { errors } : {}) };
}
