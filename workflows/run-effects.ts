import { condition, continueAsNew, isCancellation, workflowInfo } from "@temporalio/workflow";
import { BatchesUnderWay } from "./batches-under-way.ts";
import { InterpretedRun } from "./interpreted-run.ts";
import { retry, verdict } from "./interpreter.ts";
import type { Release, RunInput, RunPlan, RunProgress, StageError } from "./protocol.ts";
import { RunJournal } from "./run-journal.ts";
import type { RunEvent, RunPhase, Standing } from "./run-phase.ts";
import { stageError } from "./stage-error.ts";

/** Events after which a history is long, and bytes: half of what the design allows. */
const LONGEST_HISTORY_EVENTS = 2_000;
const LARGEST_HISTORY_BYTES = 2_000_000;
/** How many times as long an overlong history is. */
const OVERLONG = 1.5;

/** What a run does in each of its phases. */
export class RunEffects {
  readonly #input: RunInput;
  readonly #run: InterpretedRun;
  readonly #batches: BatchesUnderWay;
  readonly #journal: RunJournal;

  constructor(input: RunInput) {
    this.#input = input;
    this.#run = new InterpretedRun(input, workflowInfo().runId);
    this.#batches = new BatchesUnderWay(this.#run, input.queue);
    this.#journal = new RunJournal(this.#run);
  }

  get progress(): RunProgress {
    return this.#journal.progress;
  }

  /** The error of a gate that said no. */
  get rejected(): StageError | undefined {
    return this.#run.state.rejected;
  }

  /** Do what a phase is there for. @returns how that ended */
  async perform(phase: Exclude<RunPhase, { readonly name: "ended" }>): Promise<RunEvent> {
    switch (phase.name) {
      case "beginning":
        return this.#begin(phase.continued);
      case "amending":
        this.#run.amend(phase.amendment);
        return this.#begin(false);
      case "retrying":
        this.#run.state = retry(this.#run.state);
        return this.#report("running");
      case "running":
        this.#batches.start();
        return this.#nextChange();
      case "draining":
      case "pausing":
        return this.#nextChange();
      case "resting":
        return this.#nextChange(phase.resume !== undefined);
      case "halting":
        if (phase.rest.why === "unreadable") return this.#report("blocked", phase.rest.error);
        return this.#report(phase.rest.why);
      case "continuing":
        return continueAsNew<RunPlan>({ ...this.#input, ...this.#run.carryOn(phase.isPaused) });
      case "cancelling":
        await this.#batches.settled();
        return { type: "settled" };
      case "ending":
        return this.#report(phase.status);
    }
  }

  /** A signal has come: the run is to look. */
  noteSignal(): void {
    this.#run.changes += 1;
  }

  release(release: Release): void {
    this.#batches.release(release);
  }

  /** Ask the stages that are under way to stop. */
  stopStages(): void {
    this.#batches.callOff();
  }

  async #begin(continued: boolean): Promise<RunEvent> {
    this.#run.lookUp();
    try {
      const { made, slots } = await this.#journal.begin(continued);
      this.#batches.slots = slots;
      this.#run.begin(made, continued);
    } catch (error) {
      if (isCancellation(error)) throw error;
      return { type: "unreadable", error: stageError(error, this.#run.plan.pipeline) };
    }
    return { type: "begun", standing: this.#standing() };
  }

  async #report(...turn: Parameters<RunJournal["report"]>): Promise<RunEvent> {
    await this.#journal.report(...turn);
    return { type: "reported", standing: this.#standing() };
  }

  /** @param isDue what is waited for has happened already */
  async #nextChange(isDue = false): Promise<RunEvent> {
    const seen = this.#run.changes;
    await condition(() => isDue || this.#run.changes > seen);
    return { type: "changed", standing: this.#standing() };
  }

  #standing(): Standing {
    return { work: this.#work(), history: this.#history() };
  }

  #work(): Standing["work"] {
    if (this.#batches.isBusy) return "under way";
    const found = verdict(this.#run.state);
    return found === "running" ? "ready" : found;
  }

  /** A history in which nothing has happened yet is short however long it is: a new one would be no shorter. */
  #history(): Standing["history"] {
    const { historyLength, historySize } = workflowInfo();
    const { longestHistory = LONGEST_HISTORY_EVENTS } = this.#input;
    const fullness = Math.max(historyLength / longestHistory, historySize / LARGEST_HISTORY_BYTES);
    if (this.#run.changes === 0 || fullness <= 1) return "short";
    return fullness <= OVERLONG ? "long" : "overlong";
  }
}
