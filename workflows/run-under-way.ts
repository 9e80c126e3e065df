import { CancellationScope, isCancellation, proxyLocalActivities, upsertSearchAttributes, workflowInfo } from "@temporalio/workflow";
import type { Digest } from "../schemas/digest.ts";
import type { Plan } from "../schemas/plan.ts";
import type { RunStatus } from "../schemas/run-state.ts";
import { type Batch, batches } from "./batches.ts";
import { runFanOut } from "./fan-out.ts";
import { amend, begin, carryOn, fail, type Interpretation, retry, start, stop, succeed, turnOf, verdict } from "./interpreter.ts";
import type { CarriedOn, FanOut, MadeNode, Release, Resolution, RunActivities, RunInput, RunProgress, StageError } from "./protocol.ts";
import { stageActivity } from "./stage-activity.ts";
import { stageError } from "./stage-error.ts";

const { resolve, journal } = proxyLocalActivities<RunActivities>({
  startToCloseTimeout: "10 minutes",
  retry: { maximumInterval: "10 seconds" },
});

/** A batch that a worker has. */
interface RunningBatch {
  readonly queue: Batch["queue"];
  /** Its nodes that are neither made, nor failed, nor given back. */
  readonly nodes: Set<string>;
  readonly ended: Promise<void>;
}

/** A run with what is under way: hands batches to workers, takes in what comes back, and tells the journal. */
export class RunUnderWay {
  readonly #runId: string;
  readonly #queue: string;
  readonly #carried: CarriedOn | undefined;
  readonly #running = new Map<number, RunningBatch>();
  #plan: Plan;
  #planDigest: Digest;
  #status: RunStatus = "running";
  #state: Interpretation;
  #slots: Resolution["slots"] = { cpu: 1, gpu: 1 };
  #scope = new CancellationScope();
  /** How often it has begun, or been amended. */
  #beginnings = 0;
  /** Batches and fan-outs so far. */
  #started = 0;
  /** Grows whenever something has happened. */
  changes = 0;

  constructor({ runId, queue, plan, planDigest, carried }: RunInput) {
    this.#runId = runId;
    this.#queue = queue;
    this.#plan = plan;
    this.#planDigest = planDigest;
    this.#carried = carried;
    this.#state = begin(plan, "", carried);
  }

  get progress(): RunProgress {
    const { nodes } = this.#plan;
    return { status: this.#status, planDigest: this.#planDigest, nodes: nodes.map(({ name }) => turnOf(this.#state, name)) };
  }

  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  get rejected(): Interpretation["rejected"] {
    return this.#state.rejected;
  }

  get #epoch(): string {
    return `${workflowInfo().runId}/${this.#beginnings}/${this.#state.epoch}`;
  }

  /** How the run stands, once nothing is under way. */
  get verdict(): ReturnType<typeof verdict> {
    return this.isBusy ? "running" : verdict(this.#state);
  }

  /**
   * Begin behind what the store has; a run that is `continued` has told its journal before.
   *
   * @returns false when the plan can't be read: the run is blocked then, with the reason.
   */
  async begin(continued: boolean): Promise<boolean> {
    const [runId, planDigest] = [this.#runId, this.#planDigest];
    this.#beginnings += 1;
    this.#status = "running";
    try {
      const { made, slots } = await resolve({ runId, planDigest, continued });
      this.#slots = slots;
      this.#state = begin(this.#plan, made, continued ? this.#carried : undefined);
    } catch (error) {
      if (isCancellation(error)) throw error;
      await this.turn("blocked", stageError(error, this.#plan.pipeline));
      return false;
    }
    if (!continued) this.#tellServer();
    return true;
  }

  /** Go on with another plan, behind what the store has for it. */
  amend({ plan, digest }: { readonly plan: Plan; readonly digest: Digest }): Promise<boolean> {
    [this.#plan, this.#planDigest, this.#state] = [plan, digest, amend(this.#state, plan)];
    return this.begin(false);
  }

  /** Let what failed be tried again. */
  async retry(): Promise<void> {
    this.#state = retry(this.#state);
    await this.turn("running");
  }

  /** Tell the journal and the server how the run stands from now on; `error`: why, where that is no stage's. */
  async turn(status: RunStatus, error?: StageError): Promise<void> {
    this.#status = status;
    this.#tellServer();
    const errors = Object.fromEntries([...this.#state.nodes].flatMap(([name, { error }]) => (error === undefined ? [] : [[name, error]])));
    const turn = { runId: this.#runId, epoch: this.#epoch, ...this.progress, errors };
    await journal(error === undefined ? turn : { ...turn, error });
  }

  /** Hand everything that can run now to workers. */
  startBatches(): void {
    if (this.#scope.consideredCancelled) this.#scope = new CancellationScope();
    const free = { ...this.#slots };
    for (const { queue } of this.#running.values()) free[queue] -= 1;
    for (const batch of batches(this.#state, free)) {
      const number = this.#started++;
      const nodes = new Set(batch.nodes.map(({ name }) => name));
      this.#state = start(this.#state, [...nodes]);
      const ended = this.#scope.run(() => this.#runBatch(batch, number, nodes));
      this.#running.set(number, { queue: batch.queue, nodes, ended });
    }
  }

  /** Take in what a batch has made so far, and take back what it has not begun and will not run. */
  release({ batch, nodes, made }: Release): void {
    const mine = this.#running.get(batch)?.nodes ?? new Set();
    this.#succeed(made, mine);
    const released = nodes.filter((name) => mine.delete(name));
    this.#state = stop(this.#state, released);
    this.changes += 1;
  }

  /** Ask everything that is under way to stop. */
  callOff(): void {
    this.#scope.cancel();
  }

  /** Wait until nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** What a new history goes on with. */
  carryOn(paused: boolean): Pick<RunInput, "plan" | "planDigest"> & { readonly carried: CarriedOn } {
    return { plan: this.#plan, planDigest: this.#planDigest, carried: carryOn(this.#state, paused) };
  }

  async #runBatch({ nodes, queue: resource }: Batch, batch: number, mine: Set<string>): Promise<void> {
    const names = nodes.map(({ name }) => name);
    const stage = nodes[0]?.stage ?? "";
    try {
      const activity = stageActivity({ queue: this.#queue, resource, stage, summary: names.join(", ") });
      const result = await activity({ runId: this.#runId, planDigest: this.#planDigest, epoch: this.#epoch, batch, nodes: names });
      this.#succeed(result.made, mine);
      if (result.failed) this.#fail(result.failed.node, result.failed.error, mine);
      if (result.fanOut) await this.#fanOut(result.fanOut, mine);
    } catch (error) {
      // what the batch had made before has records, and costs nothing when it is run again
      const [failed] = mine;
      if (failed !== undefined && !isCancellation(error)) this.#fail(failed, stageError(error, failed), mine);
    } finally {
      this.#state = stop(this.#state, [...mine]);
      this.#running.delete(batch);
      this.changes += 1;
    }
  }

  /** Run a mapped node's shards in workflows of their own; what else its batch had goes elsewhere meanwhile. */
  async #fanOut(fanOut: FanOut, mine: Set<string>): Promise<void> {
    const node = this.#plan.nodes.find(({ name }) => name === fanOut.node);
    if (node === undefined || !mine.delete(node.name)) return;
    this.#state = stop(this.#state, [...mine]);
    mine.clear();
    mine.add(node.name);
    this.changes += 1;
    const times = ++this.#started;
    const run = { runId: this.#runId, planDigest: this.#planDigest, epoch: this.#epoch, queue: this.#queue };
    const error = await runFanOut(run, node, fanOut, times);
    if (error !== undefined) this.#fail(node.name, error, mine);
  }

  /** What was told before, by a release, is passed over. */
  #succeed(made: readonly MadeNode[], mine: Set<string>): void {
    for (const node of made) if (mine.delete(node.node)) this.#state = succeed(this.#state, node);
  }

  /** A batch that was lost and begun again may tell of nodes that it had given back. */
  #fail(name: string, error: StageError, mine: Set<string>): void {
    if (mine.delete(name)) this.#state = fail(this.#state, name, error);
  }

  #tellServer(): void {
    upsertSearchAttributes({ CrisolStatus: [this.#status], CrisolPlan: [this.#planDigest] });
  }
}
