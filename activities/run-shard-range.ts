import type { ShardsResult, ShardsTask } from "../workflows/protocol.ts";
import { NodeShards } from "./node-shards.ts";
import { beginAttempt } from "./run-node.ts";
import { runShards } from "./run-shards.ts";
import { judgeFailure, StageFailure } from "./stage-failure.ts";
import type { RunPlace, StageWorker } from "./stage-worker.ts";

/** Run a range of a mapped node's shards, until they are done or time is up. */
export async function runShardRange(worker: StageWorker, run: RunPlace, task: ShardsTask): Promise<ShardsResult> {
  try {
    const attempt = await beginAttempt(worker, run, task.node, true);
    try {
      const { map } = attempt.node;
      if (map === undefined) throw new RangeError(`${task.node} is not mapped over shards`);
      const shards = await NodeShards.of(worker.store, attempt, map);
      const { from, to, takes } = task;
      const numbers = Array.from({ length: to - from }, (_, place) => from + place);
      const { spent: _, next, ...ended } = await runShards(worker, attempt, shards, { numbers, enough: ({ took }) => took >= takes });
      return { next: from + next, ...ended };
    } catch (thrown) {
      throw thrown instanceof StageFailure ? thrown : await judgeFailure(worker, attempt, thrown);
    } finally {
      await attempt.journal.flush();
    }
  } catch (thrown) {
    throw thrown instanceof StageFailure ? thrown.toTemporal() : thrown;
  }
}
