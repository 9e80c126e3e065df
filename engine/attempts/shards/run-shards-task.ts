import type { ShardsResult, ShardsTask } from "../../../workflows/protocol.ts";
import { beginAttempt } from "../begin-attempt.ts";
import { judgeFailure, StageFailure } from "../stage-failure.ts";
import type { RunPlace, StageWorker } from "../stage-worker.ts";
import { NodeShards } from "./node-shards.ts";
import { runShardList } from "./run-shard-list.ts";

/** Run the shards of a task, which are a range of a mapped node's, until they are done or time is up. */
export async function runShardsTask(worker: StageWorker, run: RunPlace, task: ShardsTask): Promise<ShardsResult> {
  try {
    const attempt = await beginAttempt(worker, run, { name: task.node, goesOn: true });
    try {
      const { map } = attempt.node;
      if (map === undefined) throw new RangeError(`${task.node} is not mapped over shards`);
      const shards = await NodeShards.of(worker.store, attempt, map);
      const { from, to, takes } = task;
      const numbers = Array.from({ length: to - from }, (_, place) => from + place);
      const ended = await runShardList({ worker, attempt, shards }, numbers, ({ tookSeconds }) => tookSeconds >= takes);
      const { next, ran, tookSeconds, failed, error } = ended;
      return { next: from + next, ran, took: tookSeconds, failed, ...(error === undefined ? {} : { error }) };
    } catch (thrown) {
      throw thrown instanceof StageFailure ? thrown : await judgeFailure(worker, attempt, thrown);
    } finally {
      await attempt.journal.flush();
    }
  } catch (thrown) {
    throw thrown instanceof StageFailure ? thrown.toTemporal() : thrown;
  }
}
