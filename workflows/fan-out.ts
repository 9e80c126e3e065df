import { executeChild, proxyLocalActivities } from "@temporalio/workflow";
import type { PlanNode } from "../schemas/plan.ts";
import { firstError } from "./first-error.ts";
import { type FanOut, type RunActivities, type RunInput, type RunShardsInput, type StageError, WORKFLOW_TASK_SECONDS } from "./protocol.ts";
import { queueOf } from "./queue-of.ts";
import type { runShards } from "./run-shards.ts";
import { shardRanges } from "./shard-ranges.ts";

/** Workflows of shards under way at once: some 500 activities. */
const RANGES_AT_ONCE = 2;

const { shardsFailed } = proxyLocalActivities<RunActivities>({
  startToCloseTimeout: "10 minutes",
  retry: { maximumInterval: "10 seconds" },
});

/** A mapped node of a run, under way. */
interface FanOutPlace extends Pick<RunInput, "runId" | "planDigest" | "queue">, Pick<RunShardsInput, "epoch"> {
  readonly node: PlanNode;
  /** How many batches and fan-outs the run has had, which names its workflows. */
  readonly times: number;
}

/**
 * Run the shards of a mapped node that are still to be run, in child workflows, so that no history grows long.
 *
 * @returns why the node failed; undefined when all shards have a record now.
 */
export async function runFanOut({ node, times, ...run }: FanOutPlace, fanOut: FanOut): Promise<StageError | undefined> {
  const { shards, seconds } = fanOut;
  const { runId } = run;
  const ranges = shardRanges({ from: fanOut.from, to: shards }, seconds);
  let { failed, error } = fanOut;
  const runSome = async (): Promise<void> => {
    for (let range = ranges.shift(); range !== undefined; range = ranges.shift()) {
      const place = { ...run, node: node.name, stage: node.stage, resource: queueOf(node.resources) };
      const ended = await executeChild<typeof runShards>("runShards", {
        workflowId: `${runId}/${node.name}/${times}/${range.from}`,
        args: [{ ...place, seconds, left: [range], failed: 0 }],
        workflowTaskTimeout: WORKFLOW_TASK_SECONDS * 1000,
        staticSummary: `${node.name}, shards ${range.from} to ${range.to - 1} of ${shards}`,
      });
      failed += ended.failed;
      error = firstError(error, ended.error);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: RANGES_AT_ONCE }, runSome));
  for (const each of ended) if (each.status === "rejected") throw each.reason;
  if (error === undefined) return undefined;
  const reported =
    failed === 1 ? error : { ...error, what: `${failed} of ${shards} shards were not computed; the first that failed: ${error.what}` };
  await shardsFailed({ runId, node: node.name, error: reported });
  return reported;
}
