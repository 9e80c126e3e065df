import type { JobOutcome } from "../host/protocol.ts";
import type { PlanMap } from "../schemas/plan.ts";
import type { FanOut } from "../workflows/protocol.ts";
import { NodeShards } from "./node-shards.ts";
import { runInHost } from "./run-in-host.ts";
import { runShard } from "./run-shard.ts";
import type { Attempt, StageWorker } from "./stage-worker.ts";

/** Seconds of shards still to be run above which they are given to others too. */
const ALONE_UP_TO = 1;

/**
 * Make a mapped node: run the shards that have no record, then join what they made.
 *
 * @returns the shards that are still to be run, where they are more than one activity's work.
 */
export async function runMapped(worker: StageWorker, attempt: Attempt, map: PlanMap): Promise<JobOutcome | FanOut> {
  const { node, journal, number, signal } = attempt;
  const shards = await NodeShards.of(worker.store, attempt, map);
  journal.attempt(number);
  let [ran, seconds, spent] = [0, 0, 0];
  for (let index = 0; index < shards.length; index += 1) {
    signal.throwIfAborted();
    const outcome = await runShard(worker, attempt, shards, index);
    spent += outcome.seconds;
    journal.shards(index, index + 1, shards.length);
    if (!outcome.ran) continue;
    ran += 1;
    seconds += outcome.seconds;
    const left = shards.length - index - 1;
    if (left > 0 && (seconds / ran) * left > ALONE_UP_TO)
      return { node: node.name, from: index + 1, shards: shards.length, seconds: seconds / ran };
  }
  const { sha256: list } = await worker.store.blobs.put(JSON.stringify(shards.keys()));
  const { key, ingredients } = attempt;
  const joined = await runInHost(worker, attempt, { key, ingredients, part: { type: "join", shards: list } });
  return { ...joined, seconds: joined.seconds + spent };
}
