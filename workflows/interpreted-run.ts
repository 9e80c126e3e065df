import type { Digest } from "../schemas/digest.ts";
import type { Plan } from "../schemas/plan.ts";
import { amend, begin, carryOn, type Interpretation, turnOf } from "./interpreter.ts";
import type { Amendment, CarriedOn, NodeTurn, RunInput, StageError } from "./protocol.ts";

/** A run's plan with the state of its nodes, which its batches change and its journal reports. Plain, as the interpreter is. */
export class InterpretedRun {
  readonly runId: string;
  readonly #historyId: string;
  readonly #carried: CarriedOn | undefined;
  #plan: Plan;
  #planDigest: Digest;
  /** How often it has begun, or been amended. */
  #beginnings = 0;
  /** The state of the nodes. */
  state: Interpretation;
  /** Grows whenever something has happened: a batch ended or gave nodes back, or a signal came. */
  changes = 0;

  /** @param historyId differs from one history of the run to the next */
  constructor({ runId, plan, planDigest, carried }: RunInput, historyId: string) {
    this.runId = runId;
    this.#historyId = historyId;
    this.#plan = plan;
    this.#planDigest = planDigest;
    this.#carried = carried;
    this.state = begin(plan, "", carried);
  }

  get plan(): Plan {
    return this.#plan;
  }

  get planDigest(): Digest {
    return this.#planDigest;
  }

  /** Names a state of knowledge about the nodes' outputs: under another epoch, they have to be looked up again. */
  get epoch(): string {
    return `${this.#historyId}/${this.#beginnings}/${this.state.epoch}`;
  }

  /** A turn for each node, in the order of the plan. */
  get turns(): NodeTurn[] {
    return this.#plan.nodes.map(({ name }) => turnOf(this.state, name));
  }

  /** Errors of nodes that failed, by name. */
  get errors(): { readonly [node: string]: StageError } {
    return Object.fromEntries([...this.state.nodes].flatMap(([name, { error }]) => (error === undefined ? [] : [[name, error]])));
  }

  /** Its plan is about to be looked up in the store: from now on, what was known about outputs no longer holds. */
  lookUp(): void {
    this.#beginnings += 1;
  }

  /** Begin after the nodes that the store has; if the run is `continued`, with what was carried over from its earlier history. */
  begin(made: string, continued: boolean): void {
    this.state = begin(this.#plan, made, continued ? this.#carried : undefined);
  }

  /** Take another plan. */
  amend({ plan, digest }: Amendment): void {
    [this.#plan, this.#planDigest, this.state] = [plan, digest, amend(this.state, plan)];
  }

  /** What a new history continues with. */
  carryOn(paused: boolean): Pick<RunInput, "plan" | "planDigest"> & { readonly carried: CarriedOn } {
    return { plan: this.#plan, planDigest: this.#planDigest, carried: carryOn(this.state, paused) };
  }
}
