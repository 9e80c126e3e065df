import { executeChild } from "@temporalio/workflow";
import type { PlanNode } from "../schemas/plan.ts";
import type { FanOut, RunInput, ShardRangeResult, StageError } from "./protocol.ts";
import type { runShards } from "./run-shards.ts";
import { shardRanges } from "./shard-ranges.ts";

/** Workflows of shards under way at once: some 500 activities. */
const RANGES_AT_ONCE = 2;

/**
 * Run the shards of a mapped node that are still to be run, in child workflows, so that no history grows long.
 *
 * @returns the first failure; undefined when all shards have a record now.
 */
export async function runFanOut(
  run: Pick<RunInput, "runId" | "planDigest" | "queue">,
  node: PlanNode,
  { from, shards, seconds }: FanOut,
  times: number,
): Promise<StageError | undefined> {
  const ranges = shardRanges(from, shards, seconds);
  const results: ShardRangeResult[] = [];
  const runSome = async (): Promise<void> => {
    for (let range = ranges.shift(); range !== undefined; range = ranges.shift()) {
      const { runId, planDigest, queue } = run;
      const task = { runId, planDigest, queue, node: node.name, stage: node.stage, resource: node.resources.queue, seconds, ...range };
      results.push(
        await executeChild<typeof runShards>("runShards", {
          workflowId: `${runId}/${node.name}/${times}/${range.from}`,
          args: [task],
          staticSummary: `${node.name}, shards ${range.from} to ${range.to - 1} of ${shards}`,
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: RANGES_AT_ONCE }, runSome));
  const failed = results.reduce((sum, result) => sum + result.failed, 0);
  const error = results.find((result) => result.error !== undefined)?.error;
  if (error === undefined || failed === 1) return error;
  return { ...error, what: `${failed} of ${shards} shards failed; the first: ${error.what}` };
}
