import type { NodeShards } from "./node-shards.ts";
import { runInHost } from "./run-in-host.ts";
import type { Attempt, StageWorker } from "./stage-worker.ts";

/** Run one shard of a mapped node and put it on record, unless it has a record. */
export async function runShard(
  worker: StageWorker,
  attempt: Attempt,
  shards: NodeShards,
  index: number,
): Promise<{ readonly ran: boolean; readonly seconds: number }> {
  const { shardRecords, claims } = worker.store;
  const { port, shard, ingredients, key } = shards.shard(index);
  const found = await shardRecords.sound(key);
  if (found !== undefined) return { ran: false, seconds: found.seconds };
  const release = await claims.take(key, { what: `run ${attempt.run.runId}`, signal: attempt.signal, waits: () => undefined });
  try {
    const meanwhile = await shardRecords.sound(key);
    if (meanwhile !== undefined) return { ran: false, seconds: meanwhile.seconds };
    const part = { type: "shard", port, manifest: shard.manifest } as const;
    const { seconds } = await runInHost(worker, attempt, { key, ingredients, part }, { progress: shards.length === 1 });
    return { ran: true, seconds };
  } finally {
    await release();
  }
}
