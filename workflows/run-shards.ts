import { continueAsNew, isCancellation, workflowInfo } from "@temporalio/workflow";
import { firstError } from "./first-error.ts";
import type { RunShardsInput, ShardRange, ShardRangeResult } from "./protocol.ts";
import { ACTIVITIES_OF_A_RANGE, ACTIVITY_SECONDS, takeShards } from "./shard-ranges.ts";
import { stageError } from "./stage-error.ts";
import { stageProxy } from "./stage-proxy.ts";

/** Events after which nothing is started any more, and what is left continues in a new history: what is under way may double it. */
const LONGEST_HISTORY_EVENTS = 2_000;

/**
 * Run some of a mapped node's shards, in activities of a few seconds at most. How many go into one follows from how long the last ones took.
 *
 * A shard that fails for good does not keep the others from being run.
 */
export async function runShards(input: RunShardsInput): Promise<ShardRangeResult> {
  const { runId, planDigest, epoch, node, atOnce = ACTIVITIES_OF_A_RANGE, longestHistory = LONGEST_HISTORY_EVENTS } = input;
  const left = [...input.left];
  const running = new Set<Promise<void>>();
  let { seconds, failed, error } = input;

  const result = (): ShardRangeResult => ({ failed, ...(error === undefined ? {} : { error }) });

  const runSome = async ({ from, to }: ShardRange): Promise<void> => {
    const activity = stageProxy({
      ...input,
      summary: to - from === 1 ? `${node}, shard ${from}` : `${node}, shards ${from} to ${to - 1}`,
    });
    try {
      const ended = await activity({ runId, planDigest, epoch, node, from, to, takes: 2 * ACTIVITY_SECONDS });
      failed += ended.failed;
      error = firstError(error, ended.error);
      if (ended.ran > 0) seconds = ended.took / ended.ran;
      // slower than was expected
      if (ended.next < to) left.unshift({ from: ended.next, to });
    } catch (thrown) {
      if (isCancellation(thrown)) throw thrown;
      failed += to - from;
      error = firstError(error, stageError(thrown, node));
    }
  };

  const startSome = (): void => {
    while (running.size < atOnce && workflowInfo().historyLength <= longestHistory) {
      const range = takeShards(left, seconds);
      if (range === undefined) return;
      const ended = runSome(range).finally(() => running.delete(ended));
      running.add(ended);
    }
  };

  try {
    for (startSome(); running.size > 0; startSome()) await Promise.race(running);
    if (left.length > 0) await continueAsNew<typeof runShards>({ ...input, ...result(), left, seconds });
    return result();
  } finally {
    // a stage that was asked to stop may still be saving its state
    await Promise.allSettled(running);
  }
}
