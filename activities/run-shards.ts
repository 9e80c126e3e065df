import type { StageError } from "../workflows/protocol.ts";
import type { NodeShards } from "./node-shards.ts";
import { runShard } from "./run-shard.ts";
import { judgeFailure } from "./stage-failure.ts";
import type { Attempt, StageWorker } from "./stage-worker.ts";

/** Failures after which the rest of a range is left alone: it most likely fails alike. */
const FAILURES = 3;

/** Seconds of a shard below which none is claimed: two runs that need it at the same time lose less by running it twice. */
const CLAIMED_FROM = 0.02;

/** How far a range of shards has got. */
export interface ShardsRun {
  /** The first that was not tried. */
  next: number;
  /** Shards that were run, and the seconds that this took; those found on record count for neither. */
  ran: number;
  took: number;
  /** Seconds of stage code behind all of them, whenever they were run. */
  spent: number;
  /** Shards that are not made: they failed, or were left alone. */
  failed: number;
  /** The first failure. */
  error?: StageError;
}

/**
 * Run shards of a mapped node in the order of their numbers, from one to another (exclusive), until `enough` says so. One that fails for good does
 * not keep the others from being run.
 *
 * @throws StageFailure when the failure is one that another attempt may mend, or the run asked for it.
 */
export async function runShards(
  worker: StageWorker,
  attempt: Attempt,
  shards: NodeShards,
  range: { readonly from: number; readonly to: number; readonly enough: (soFar: Readonly<ShardsRun>) => boolean },
): Promise<ShardsRun> {
  const run: ShardsRun = { next: range.from, ran: 0, took: 0, spent: 0, failed: 0 };
  while (run.next < range.to && !range.enough(run)) {
    const index = run.next;
    try {
      attempt.signal.throwIfAborted();
      const { ran, took, seconds } = await runShard(worker, attempt, shards, { index, claimed: isLong(run) });
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
    run.failed += range.to - run.next;
    run.next = range.to;
  }
  return run;
}

function isLong({ ran, took }: ShardsRun): boolean {
  return ran === 0 || took / ran >= CLAIMED_FROM;
}
