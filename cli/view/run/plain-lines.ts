import type { RunEvent } from "../../../schemas/event.ts";
import type { NodeState } from "../../../schemas/run-state.ts";
import { duration, progressText, waitingText } from "../../../system/text/figures.ts";
import { visible } from "../../../system/text/visible-text.ts";
import { ReportedNodes } from "./reported-nodes.ts";

/** Milliseconds between two lines of progress of one stage, where there is no terminal to draw on. */
const PROGRESS_EVERY_MS = 15_000;

/** Turns a run's events into lines for a pipe or a log file. */
export class PlainLines {
  readonly #lastProgress = new Map<string, number>();
  readonly #reportedNotes = new Set<string>();
  readonly #reported: ReportedNodes;
  /** Running attempts, by node. */
  readonly #attempts = new Map<string, number>();

  /** @param before the current state of the run's nodes: what is already done is not reported again */
  constructor(before: readonly NodeState[]) {
    this.#reported = new ReportedNodes(before);
  }

  /** The lines for an event; none if it is of no interest or was reported before. */
  of(event: RunEvent): string[] {
    switch (event.type) {
      case "state":
        return [
          ...this.#notes(event.state.nodes),
          ...event.state.nodes.filter((node) => node.status === "done").flatMap((node) => this.#done(node)),
        ];
      case "node":
        return event.node.status === "done" ? this.#done(event.node) : [];
      case "attempt":
        // an attempt that handed out its shards begins again to join them
        if (this.#attempts.get(event.node) === event.attempt) return [];
        this.#attempts.set(event.node, event.attempt);
        this.#reported.forget(event.node);
        this.#lastProgress.set(event.node, Date.parse(event.at));
        return [`${event.node}: started${event.attempt > 1 ? ` (attempt ${event.attempt})` : ""}`];
      case "waits":
        return [`${event.node}: ${waitingText(event.for)}`];
      case "attemptFailed":
        this.#attempts.delete(event.node);
        return [visible(`${event.node}: ${failure(event)}: ${event.error.what.split("\n")[0]}`)];
      case "progress": {
        const at = Date.parse(event.at);
        if (at - (this.#lastProgress.get(event.node) ?? 0) < PROGRESS_EVERY_MS) return [];
        this.#lastProgress.set(event.node, at);
        return [`${event.node}: ${progressText(event.progress)}`];
      }
      case "log":
        return event.level === "warn" ? [`${event.node}: warning: ${visible(event.message)}`] : [];
    }
  }

  #notes(nodes: readonly NodeState[]): string[] {
    return nodes.flatMap(({ name, note }) => {
      if (note === undefined || this.#reportedNotes.has(`${name}: ${note}`)) return [];
      this.#reportedNotes.add(`${name}: ${note}`);
      return [`${name}: ${note}`];
    });
  }

  #done(node: NodeState): string[] {
    this.#attempts.delete(node.name);
    if (!this.#reported.isNew(node)) return [];
    return [
      `${node.name}: ${node.cached ? "cached" : `done in ${duration(node.seconds ?? 0)}${node.summary === undefined ? "" : `  ${node.summary}`}`}`,
    ];
  }
}

function failure({ error, retry }: Extract<RunEvent, { type: "attemptFailed" }>): string {
  if (error.code === "CANCELED") return "stopped";
  return retry ? "failed, will be retried" : "failed";
}
