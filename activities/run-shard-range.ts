import type { ShardsResult, ShardsTask, StageError } from "../workflows/protocol.ts";
import { NodeShards } from "./node-shards.ts";
import { beginAttempt } from "./run-node.ts";
import { runShard } from "./run-shard.ts";
import { judgeFailure, StageFailure } from "./stage-failure.ts";
import type { RunPlace, StageWorker } from "./stage-worker.ts";

/** Failures after which an activity leaves the rest of its shards alone: they most likely fail alike. */
const FAILURES = 3;

/** Run shards of a mapped node in the order of their numbers, until they are done or time is up. */
export async function runShardRange(worker: StageWorker, run: RunPlace, task: ShardsTask): Promise<ShardsResult> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  let error: StageError | undefined;
  let [index, failed] = [task.from, 0];
  try {
    const attempt = await beginAttempt(worker, run, task.node);
    try {
      const { map } = attempt.node;
      if (map === undefined) throw new RangeError(`${task.node} is not mapped over shards`);
      const shards = await NodeShards.of(worker.store, attempt, map);
      for (; index < task.to && failed < FAILURES && seconds() < task.takes; index += 1) {
        attempt.signal.throwIfAborted();
        try {
          await runShard(worker, attempt, shards, index);
          attempt.journal.shards(index, index + 1, shards.length);
        } catch (thrown) {
          const failure = await judgeFailure(worker, attempt, thrown, `#${index}`);
          if (failure.retry || failure.canceled) throw failure;
          failed += 1;
          error ??= { ...failure.error, where: `${failure.error.where}, shard ${index}` };
        }
      }
    } finally {
      await attempt.journal.flush();
    }
  } catch (thrown) {
    if (thrown instanceof StageFailure) throw thrown.toTemporal();
    throw thrown;
  }
  const next = failed < FAILURES ? index : task.to;
  return { next, seconds: seconds(), failed: failed + next - index, ...(error === undefined ? {} : { error }) };
}
