import type { RunEvent } from "../../schemas/event.ts";
import type { NodeState } from "../../schemas/run-state.ts";
import { duration, progressText, waitingText } from "./figures.ts";
import { ToldNodes } from "./told-nodes.ts";

/** Milliseconds between two lines of progress of one stage, where there is no terminal to draw on. */
const PROGRESS_EVERY = 15_000;

/** Turns a run's events into lines for a pipe or a log file. */
export class PlainLines {
  readonly #lastProgress = new Map<string, number>();
  readonly #notesTold = new Set<string>();
  readonly #told: ToldNodes;
  /** Attempts under way, by node. */
  readonly #attempts = new Map<string, number>();

  /** @param before how the run's nodes stand: what is done already is not told again */
  constructor(before: readonly NodeState[]) {
    this.#told = new ToldNodes(before);
  }

  /** The lines for an event; none for what is of no interest or was told before. */
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
        // one that shared its shards out begins again to join them
        if (this.#attempts.get(event.node) === event.attempt) return [];
        this.#attempts.set(event.node, event.attempt);
        this.#told.forget(event.node);
        this.#lastProgress.set(event.node, Date.parse(event.at));
        return [`${event.node}: started${event.attempt > 1 ? ` (attempt ${event.attempt})` : ""}`];
      case "waits":
        return [`${event.node}: ${waitingText(event.for)}`];
      case "attemptFailed":
        this.#attempts.delete(event.node);
        return [`${event.node}: ${failure(event)}: ${event.error.what.split("\n")[0]}`];
      case "progress": {
        const at = Date.parse(event.at);
        if (at - (this.#lastProgress.get(event.node) ?? 0) < PROGRESS_EVERY) return [];
        this.#lastProgress.set(event.node, at);
        return [`${event.node}: ${progressText(event.progress)}`];
      }
      case "log":
        return event.level === "warn" ? [`${event.node}: warning: ${event.message}`] : [];
    }
  }

  #notes(nodes: readonly NodeState[]): string[] {
    return nodes.flatMap(({ name, note }) => {
      if (note === undefined || this.#notesTold.has(`${name}: ${note}`)) return [];
      this.#notesTold.add(`${name}: ${note}`);
      return [`${name}: ${note}`];
    });
  }

  #done(node: NodeState): string[] {
    this.#attempts.delete(node.name);
    if (!this.#told.isNews(node)) return [];
    return [
      `${node.name}: ${node.cached ? "cached" : `done in ${duration(node.seconds ?? 0)}${node.summary === undefined ? "" : `  ${node.summary}`}`}`,
    ];
  }
}

function failure({ error, retry }: Extract<RunEvent, { type: "attemptFailed" }>): string {
  if (error.code === "CANCELED") return "stopped";
  return retry ? "failed, will be retried" : "failed";
}
