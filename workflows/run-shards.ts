import { isCancellation } from "@temporalio/workflow";
import type { ShardRangeInput, ShardRangeResult, StageError } from "./protocol.ts";
import { ACTIVITY_TAKES, shardsOfAnActivity } from "./shard-ranges.ts";
import { stageActivity } from "./stage-activity.ts";
import { stageError } from "./stage-error.ts";

/**
 * Run a range of a mapped node's shards, in activities of a few seconds each, all of them under way at once.
 *
 * A shard that fails for good does not keep the others from being run.
 */
export async function runShards(input: ShardRangeInput): Promise<ShardRangeResult> {
  const { runId, planDigest, node } = input;
  let failed = 0;
  let first: StageError | undefined;

  const runRange = async (from: number, to: number, seconds: number): Promise<void> => {
    const size = shardsOfAnActivity(seconds);
    const activities: Promise<void>[] = [];
    for (let start = from; start < to; start += size) activities.push(runSome(start, Math.min(to, start + size)));
    await Promise.all(activities);
  };

  const runSome = async (from: number, to: number): Promise<void> => {
    const activity = stageActivity({
      ...input,
      summary: to - from === 1 ? `${node}, shard ${from}` : `${node}, shards ${from} to ${to - 1}`,
    });
    try {
      const { next, seconds, ...ended } = await activity({ runId, planDigest, node, from, to, takes: 2 * ACTIVITY_TAKES });
      failed += ended.failed;
      first ??= ended.error;
      // slower than the ones before: what is left goes in smaller pieces
      if (next < to) await runRange(next, to, seconds / Math.max(1, next - from));
    } catch (error) {
      if (isCancellation(error)) throw error;
      failed += to - from;
      first ??= stageError(error, node);
    }
  };

  await runRange(input.from, input.to, input.seconds);
  return { failed, ...(first === undefined ? {} : { error: first }) };
}
