import type { Progress } from "../schemas/event.ts";
import type { NodeShards } from "./node-shards.ts";
import { runInHost } from "./run-in-host.ts";
import type { Attempt, StageWorker } from "./stage-worker.ts";

/** What became of a shard. */
export interface ShardRun {
  /** Whether it was run; else it was found on record. */
  readonly ran: boolean;
  /** Seconds of stage code behind it, whenever it was run. */
  readonly seconds: number;
  /** Seconds that running it took from when it had a host, until it was on record. */
  readonly took: number;
}

/**
 * Run one shard of a mapped node, which puts it on record, unless it has a record.
 *
 * @param claimed whether another run that needs it too is to wait: worth it where the shard takes longer than claiming it
 */
export async function runShard(
  worker: StageWorker,
  attempt: Attempt,
  shards: NodeShards,
  { index, claimed }: { readonly index: number; readonly claimed: boolean },
): Promise<ShardRun> {
  const { shardRecords, claims } = worker.store;
  const { port, shard, ingredients, key } = shards.shard(index);
  const find = async (): Promise<ShardRun | undefined> => {
    const found = await shardRecords.sound(key);
    return found && { ran: false, seconds: found.seconds, took: 0 };
  };
  const run = async (): Promise<ShardRun> => {
    let began = performance.now();
    const started = () => {
      began = performance.now();
    };
    const part = { type: "shard", port, manifest: shard.manifest } as const;
    const progress = (told: Progress) => {
      // of several shards, their number tells how far the stage is
      if (shards.length === 1) attempt.journal.progress(shards.measured(told));
    };
    const { seconds } = await runInHost(worker, attempt, { key, ingredients, part }, { started, progress });
    return { ran: true, seconds, took: (performance.now() - began) / 1000 };
  };

  const found = await find();
  if (found !== undefined || !claimed) return found ?? run();
  const release = await claims.take(key, { what: `run ${attempt.run.runId}`, signal: attempt.signal });
  try {
    // whoever had it until now may have made it
    return (await find()) ?? (await run());
  } finally {
    await release();
  }
}
