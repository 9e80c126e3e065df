import type { Progress } from "../../../schemas/event.ts";
import { runInHost } from "../run-in-host.ts";
import type { Attempt, StageWorker } from "../stage-worker.ts";
import type { NodeShards } from "./node-shards.ts";

/** An attempt at shards of a mapped node. */
export interface ShardWork {
  readonly worker: StageWorker;
  readonly attempt: Attempt;
  readonly shards: NodeShards;
}

/** What became of a shard. */
export interface ShardRun {
  /** Whether it was run; else it was found on record. */
  readonly ran: boolean;
  /** Stage code behind it, whenever it was run. */
  readonly codeSeconds: number;
  /** How long it took from getting a host until it was on record. */
  readonly tookSeconds: number;
}

/**
 * Run one shard of a mapped node, which puts it on record, unless it has a record.
 *
 * @param isClaimed whether another run that needs it too is to wait: worth it where the shard takes longer than claiming it
 */
export async function runShard({ worker, attempt, shards }: ShardWork, index: number, isClaimed: boolean): Promise<ShardRun> {
  const { shardRecords, claims } = worker.store;
  const { port, shard, ingredients, key } = shards.shard(index);
  const find = async (): Promise<ShardRun | undefined> => {
    const found = await shardRecords.sound(key);
    return found && { ran: false, codeSeconds: found.seconds, tookSeconds: 0 };
  };
  const run = async (): Promise<ShardRun> => {
    let beganMs = performance.now();
    const started = () => {
      beganMs = performance.now();
    };
    const part = { type: "shard", port, manifest: shard.manifest } as const;
    const progress = (reported: Progress) => {
      // of several shards, their number says how far the stage is
      if (shards.length === 1) attempt.journal.progress(shards.measured(reported));
    };
    const { seconds } = await runInHost(worker, attempt, { key, ingredients, part, started, progress });
    return { ran: true, codeSeconds: seconds, tookSeconds: (performance.now() - beganMs) / 1000 };
  };

  const found = await find();
  if (found !== undefined || !isClaimed) return found ?? run();
  const release = await claims.take(key, { what: `run ${attempt.run.runId}`, signal: attempt.signal });
  try {
    // the previous owner of the claim may have put it on record
    return (await find()) ?? (await run());
  } finally {
    await release();
  }
}
