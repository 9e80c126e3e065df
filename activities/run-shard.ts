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

/** Run one shard of a mapped node and put it on record, unless it has a record. */
export async function runShard(worker: StageWorker, attempt: Attempt, shards: NodeShards, index: number): Promise<ShardRun> {
  const { shardRecords, claims } = worker.store;
  const { port, shard, ingredients, key } = shards.shard(index);
  const found = await shardRecords.sound(key);
  if (found !== undefined) return { ran: false, seconds: found.seconds, took: 0 };
  let waited = false;
  const waits = () => {
    waited = true;
  };
  const release = await claims.take(key, { what: `run ${attempt.run.runId}`, signal: attempt.signal, waits });
  try {
    const meanwhile = waited ? await shardRecords.sound(key) : undefined;
    if (meanwhile !== undefined) return { ran: false, seconds: meanwhile.seconds, took: 0 };
    const part = { type: "shard", port, manifest: shard.manifest } as const;
    let began = performance.now();
    const started = () => {
      began = performance.now();
    };
    const { seconds } = await runInHost(worker, attempt, { key, ingredients, part }, { started, progress: shards.length === 1 });
    return { ran: true, seconds, took: (performance.now() - began) / 1000 };
  } finally {
    await release();
  }
}
