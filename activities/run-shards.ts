import type { StageError } from "../workflows/protocol.ts";
import { failureName, forgetFailures } from "./attempt-count.ts";
import type { NodeShards } from "./node-shards.ts";
import { runShard } from "./run-shard.ts";
import { judgeFailure } from "./stage-failure.ts";
import type { Attempt, StageWorker } from "./stage-worker.ts";

/** Failures after which the rest of a range is left alone: it most likely fails alike. */
const FAILURES = 3;

/** Seconds of a shard below which none is claimed: two runs that need it at the same time lose less by running it twice. */
const CLAIMED_FROM = 0.02;

/** How far a list of shards has got. */
export interface ShardsRun {
  /** The place in the list of the first that was not tried. */
  next: number;
  /** Shards that were run, and the seconds that this took; those found on record count for neither. */
  ran: number;
  took: number;
  /** Seconds of stage code behind those that were tried, whenever they were run. */
  spent: number;
  /** Shards that are not made: they failed, or were left alone. */
  failed: number;
  /** The first failure. */
  error?: StageError;
}

/** Look up which shards of a mapped node have no record, and the seconds of stage code behind those that have. */
export async function missingShards(
  { store }: StageWorker,
  { signal, journal }: Attempt,
  shards: NodeShards,
): Promise<{ readonly missing: readonly number[]; readonly spent: number }> {
  const missing: number[] = [];
  let spent = 0;
  for (let index = 0; index < shards.length; index += 1) {
    signal.throwIfAborted();
    const found = await store.shardRecords.sound(shards.shard(index).key);
    if (found === undefined) missing.push(index);
    else {
      spent += found.seconds;
      journal.shard(index, shards.length, false);
    }
  }
  return { missing, spent };
}

/**
 * Run shards of a mapped node by their numbers, one after the other, until `enough` says so. One that fails for good does not keep the others from
 * being run.
 *
 * @throws StageFailure when the failure is one that another attempt may mend, or the run asked for it.
 */
export async function runShards(
  worker: StageWorker,
  attempt: Attempt,
  shards: NodeShards,
  list: { readonly numbers: readonly number[]; readonly enough: (soFar: Readonly<ShardsRun>) => boolean },
): Promise<ShardsRun> {
  const run: ShardsRun = { next: 0, ran: 0, took: 0, spent: 0, failed: 0 };
  for (const index of list.numbers) {
    if (list.enough(run)) break;
    try {
      attempt.signal.throwIfAborted();
      const { ran, took, seconds } = await runShard(worker, attempt, shards, { index, claimed: isLong(run) });
      if (ran) await forgetFailures(worker.store, failureName(attempt.run.runId, attempt.node.name, index));
      attempt.journal.shard(index, shards.length, ran);
      run.ran += ran ? 1 : 0;
      run.took += took;
      run.spent += seconds;
    } catch (thrown) {
      const { key, shard } = shards.shard(index);
      const failure = await judgeFailure(worker, attempt, thrown, { index, name: shard.name, key });
      if (failure.retry || failure.canceled) throw failure;
      run.failed += 1;
      run.error ??= failure.error;
    }
    run.next += 1;
    if (run.failed < FAILURES) continue;
    run.failed += list.numbers.length - run.next;
    run.next = list.numbers.length;
    break;
  }
  return run;
}

function isLong({ ran, took }: ShardsRun): boolean {
  return ran === 0 || took / ran >= CLAIMED_FROM;
}
