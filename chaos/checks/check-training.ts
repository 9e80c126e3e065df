import type { JournalEvent } from "../../schemas/event.ts";
import type { PlanNode } from "../../schemas/plan.ts";

/** Work that an attempt had done and the next had to do again. */
export interface LostWork {
  readonly node: string;
  /** The step it had reached, according to the journal, and the one that the next attempt resumed from. */
  readonly reached: number;
  readonly resumed: number;
  /** Seconds of work between the two. */
  readonly seconds: number;
}

/** Seconds that saving a state, and a step, may take beyond the interval. */
const ALLOWANCE_SECONDS = 10;

const GOES_ON = /^going on from the checkpoint of step (\d+)/;
const SAVED = /^checkpoint of step (\d+) is in the store/;

/** The work lost by attempts that count steps, in the order of the journal. */
export function lostWork(events: readonly JournalEvent[]): LostWork[] {
  const lost: LostWork[] = [];
  const attempts = new Map<string, TrainingAttempt>();
  for (const event of events) {
    if (event.type !== "attempt" && event.type !== "log" && event.type !== "progress") continue;
    const attempt = attempts.get(event.node) ?? new TrainingAttempt();
    attempts.set(event.node, attempt);
    const at = Date.parse(event.at) / 1000;
    switch (event.type) {
      case "attempt":
        attempt.begin();
        break;
      case "log":
        attempt.read(event.message, at);
        break;
      case "progress": {
        if (event.progress.unit !== "steps") break;
        const found = attempt.advance(event.progress.done, at);
        if (found !== undefined) lost.push({ node: event.node, ...found });
        break;
      }
    }
  }
  return lost;
}

/** The cases in which more was lost than one interval between checkpoints. */
export function lostTooMuch(lost: readonly LostWork[], nodes: readonly PlanNode[]): string[] {
  return lost.flatMap((work) => {
    const { node, reached, resumed, seconds } = work;
    const params = nodes.find(({ name }) => name === node)?.params ?? {};
    const { checkpointEverySteps: steps, checkpointEverySeconds: every } = params;
    const resumption = `${node} had reached step ${reached} and resumed from step ${resumed}`;
    if (typeof steps === "number")
      return reached - resumed <= steps ? [] : [`${resumption}: more than the ${steps} steps between two checkpoints`];
    if (typeof every !== "number" || seconds <= every + ALLOWANCE_SECONDS) return [];
    return [`${resumption}, ${seconds.toFixed(0)} s of work: more than the ${every} s between two checkpoints`];
  });
}

/** The attempts of one node, one after the other. */
class TrainingAttempt {
  /** What the previous attempt had reached, until this one reports its first step. */
  #before: { readonly step: number; readonly at: number } | undefined;
  #last: { readonly step: number; readonly at: number } | undefined;
  #resumed = 0;
  /** When the work after a step began: its state was saved then, or an attempt began with it. */
  readonly #since = new Map<number, number>();

  begin(): void {
    this.#before = this.#last ?? this.#before;
    this.#last = undefined;
    this.#resumed = 0;
  }

  read(message: string, at: number): void {
    const [, resumed] = GOES_ON.exec(message) ?? [];
    if (resumed !== undefined) this.#resumed = Number(resumed);
    const [, saved] = SAVED.exec(message) ?? [];
    if (saved !== undefined) this.#since.set(Number(saved), at);
  }

  /** When a step was saved; if the line that says so was lost with its worker, when an earlier step was saved. */
  #savedBy(step: number): number | undefined {
    const known = [...this.#since.keys()].filter((saved) => saved <= step);
    return known.length === 0 ? undefined : this.#since.get(Math.max(...known));
  }

  /** A step is done; returns what the previous attempt lost, if this is the first step. */
  advance(step: number, at: number): Omit<LostWork, "node"> | undefined {
    const first = this.#last === undefined;
    this.#last = { step, at };
    if (!first) return undefined;
    const [before, resumed] = [this.#before, this.#resumed];
    const since = this.#savedBy(resumed);
    this.#since.set(resumed, at);
    this.#before = undefined;
    if (before === undefined) return undefined;
    return { reached: before.step, resumed, seconds: Math.max(0, before.at - (since ?? before.at)) };
  }
}
