import { CancellationScope, isCancellation } from "@temporalio/workflow";
import { type Batch, batches } from "./batches.ts";
import { runFanOut } from "./fan-out.ts";
import type { InterpretedRun } from "./interpreted-run.ts";
import { fail, start, stop, succeed } from "./interpreter.ts";
import type { FanOut, MadeNode, Release, Resolution, StageError } from "./protocol.ts";
import { stageError } from "./stage-error.ts";
import { stageProxy } from "./stage-proxy.ts";

/** A batch that a worker has. */
interface RunningBatch {
  readonly queue: Batch["queue"];
  /** Its nodes that are neither done, nor failed, nor given back. */
  readonly nodes: Set<string>;
  readonly ended: Promise<void>;
}

/** The batches of a run that workers have: hands out what can run, and takes in what comes back. */
export class BatchesUnderWay {
  readonly #run: InterpretedRun;
  /** Prefix of the task queues. */
  readonly #queue: string;
  readonly #running = new Map<number, RunningBatch>();
  #scope = new CancellationScope();
  /** Batches and fan-outs so far. */
  #started = 0;
  /** Stages that run at once where the queues are polled. */
  slots: Resolution["slots"] = { cpu: 1, gpu: 1 };

  constructor(run: InterpretedRun, queue: string) {
    this.#run = run;
    this.#queue = queue;
  }

  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** Hand everything that can run now to workers. */
  start(): void {
    if (this.#scope.consideredCancelled) this.#scope = new CancellationScope();
    const free = { ...this.slots };
    for (const { queue } of this.#running.values()) free[queue] -= 1;
    for (const batch of batches(this.#run.state, free)) {
      const number = this.#started++;
      const nodes = new Set(batch.nodes.map(({ name }) => name));
      this.#run.state = start(this.#run.state, [...nodes]);
      const ended = this.#scope.run(() => this.#runBatch(batch, number, nodes));
      this.#running.set(number, { queue: batch.queue, nodes, ended });
    }
  }

  /** Take in what a batch has made so far, and take back what it has not begun and will not run. */
  release({ batch, nodes, made }: Release): void {
    const mine = this.#running.get(batch)?.nodes ?? new Set();
    this.#succeed(made, mine);
    const released = nodes.filter((name) => mine.delete(name));
    this.#run.state = stop(this.#run.state, released);
    this.#run.changes += 1;
  }

  /** Ask everything that is under way to stop. */
  callOff(): void {
    this.#scope.cancel();
  }

  /** Wait until nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  async #runBatch({ nodes, queue: resource }: Batch, batch: number, mine: Set<string>): Promise<void> {
    const names = nodes.map(({ name }) => name);
    const stage = nodes[0]?.stage ?? "";
    const { runId, planDigest, epoch } = this.#run;
    try {
      const activity = stageProxy({ queue: this.#queue, resource, stage, summary: names.join(", ") });
      const result = await activity({ runId, planDigest, epoch, batch, nodes: names });
      this.#succeed(result.made, mine);
      if (result.failed) this.#fail(result.failed.node, result.failed.error, mine);
      if (result.fanOut) await this.#fanOut(result.fanOut, mine);
    } catch (error) {
      // nodes that the batch completed before have records, and cost nothing when the batch is run again
      const [failed] = mine;
      if (failed !== undefined && !isCancellation(error)) this.#fail(failed, stageError(error, failed), mine);
    } finally {
      this.#run.state = stop(this.#run.state, [...mine]);
      this.#running.delete(batch);
      this.#run.changes += 1;
    }
  }

  /** Run a mapped node's shards in workflows of their own; the other nodes of its batch go into other batches meanwhile. */
  async #fanOut(fanOut: FanOut, mine: Set<string>): Promise<void> {
    const node = this.#run.plan.nodes.find(({ name }) => name === fanOut.node);
    if (node === undefined || !mine.delete(node.name)) return;
    this.#run.state = stop(this.#run.state, [...mine]);
    mine.clear();
    mine.add(node.name);
    this.#run.changes += 1;
    const times = ++this.#started;
    const { runId, planDigest, epoch } = this.#run;
    const error = await runFanOut({ runId, planDigest, epoch, queue: this.#queue, node, times }, fanOut);
    if (error !== undefined) this.#fail(node.name, error, mine);
  }

  /** Take in nodes that are done; those that a release has reported already are skipped. */
  #succeed(made: readonly MadeNode[], mine: Set<string>): void {
    for (const node of made) if (mine.delete(node.node)) this.#run.state = succeed(this.#run.state, node);
  }

  /** Take in a failed node; a batch that was lost and restarted may report one that it had given back, which is skipped. */
  #fail(name: string, error: StageError, mine: Set<string>): void {
    if (mine.delete(name)) this.#run.state = fail(this.#run.state, name, error);
  }
}
