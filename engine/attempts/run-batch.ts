import { cancellationSignal } from "@temporalio/activity";
import type { BatchResult, BatchTask, MadeNode } from "../../workflows/protocol.ts";
import { RemainingNodes } from "./remaining-nodes.ts";
import { runNode } from "./run-node.ts";
import { StageFailure } from "./stage-failure.ts";
import type { RunPlace, StageWorker } from "./stage-worker.ts";

/** How long a batch is meant to take: as long as many round trips to the server, but short for the runs that wait for the worker. */
const BATCH_MS = 2_000;

/**
 * Run nodes one after the other, each on record before the next begins, until they are done or time is up.
 *
 * Nodes that are done are reported in any case; an error is thrown only if there are none, because then Temporal itself can retry the batch.
 */
export async function runBatch(worker: StageWorker, run: RunPlace, task: BatchTask): Promise<BatchResult> {
  const made: MadeNode[] = [];
  const remaining = new RemainingNodes(task.nodes, BATCH_MS, async (nodes) => {
    if (nodes.length + made.length > 0) await worker.release(task.runId, { batch: task.batch, nodes, made });
  });
  try {
    for (let name = await remaining.next(); name !== undefined && !cancellationSignal().aborted; name = await remaining.next()) {
      const beganMs = performance.now();
      const ended = await runNode(worker, run, name);
      if ("shards" in ended) return { made, fanOut: ended };
      made.push(performance.now() - beganMs > BATCH_MS ? { ...ended, slow: true } : ended);
    }
    return { made };
  } catch (error) {
    if (!(error instanceof StageFailure)) throw error;
    if (made.length === 0) throw error.toTemporal();
    return error.retry || error.canceled ? { made } : { made, failed: { node: error.node, error: error.error } };
  } finally {
    remaining.close();
  }
}
