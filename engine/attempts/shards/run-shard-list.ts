import type { StageError } from "../../../workflows/protocol.ts";
import { failureName, forgetFailures } from "../failure-count.ts";
import { judgeFailure } from "../stage-failure.ts";
import { runShard, type ShardWork } from "./run-shard.ts";

/** Failures after which the rest of a list is not tried: it would most likely fail in the same way. */
const FAILURES = 3;

/** Seconds of a shard below which none is claimed: two runs that need it at the same time lose less by running it twice. */
const CLAIMED_FROM_SECONDS = 0.02;

/** How far a list of shards has got. */
export interface ShardsSoFar {
  /** The place in the list of the first that was not tried. */
  next: number;
  /** Shards that were run, and how long this took; those found on record count for neither. */
  ran: number;
  tookSeconds: number;
  /** Stage code behind those that were tried, whenever they were run. */
  codeSeconds: number;
  /** Shards without a record: they failed, or were not tried. */
  failed: number;
  /** The first failure. */
  error?: StageError;
}

/**
 * Run shards of a mapped node by their numbers, one after the other, until `isEnough` says so. One that fails for good does not keep the others from
 * being run.
 *
 * @throws StageFailure when another attempt may succeed, or the run asked for the stop.
 */
export async function runShardList(
  work: ShardWork,
  numbers: readonly number[],
  isEnough: (soFar: Readonly<ShardsSoFar>) => boolean,
): Promise<ShardsSoFar> {
  const { worker, attempt, shards } = work;
  const soFar: ShardsSoFar = { next: 0, ran: 0, tookSeconds: 0, codeSeconds: 0, failed: 0 };
  for (const index of numbers) {
    if (isEnough(soFar)) break;
    try {
      attempt.signal.throwIfAborted();
      const { ran, tookSeconds, codeSeconds } = await runShard(work, index, isWorthClaiming(soFar));
      if (ran) await forgetFailures(worker.store, failureName(attempt.run.runId, attempt.node.name, index));
      attempt.journal.shard(index, shards.length, ran);
      soFar.ran += ran ? 1 : 0;
      soFar.tookSeconds += tookSeconds;
      soFar.codeSeconds += codeSeconds;
    } catch (thrown) {
      const { key, shard } = shards.shard(index);
      const failure = await judgeFailure(worker, { ...attempt, shard: { index, name: shard.name, key } }, thrown);
      if (failure.retry || failure.canceled) throw failure;
      soFar.failed += 1;
      soFar.error ??= failure.error;
    }
    soFar.next += 1;
    if (soFar.failed < FAILURES) continue;
    soFar.failed += numbers.length - soFar.next;
    soFar.next = numbers.length;
    break;
  }
  return soFar;
}

function isWorthClaiming({ ran, tookSeconds }: ShardsSoFar): boolean {
  return ran === 0 || tookSeconds / ran >= CLAIMED_FROM_SECONDS;
}
