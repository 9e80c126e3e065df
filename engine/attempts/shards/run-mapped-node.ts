/**
 * A stage that maps over the shards of its input: each shard has a key and a record, and the node's outputs are joined from them (decision 0010).
 *
 * - `node-shards.ts`: which shards a node has, and the key of each.
 * - `run-shard.ts`: one shard, run in a host and put on record.
 * - `run-shard-list.ts`: some shards, one after the other.
 * - `run-mapped-node.ts`, here: the whole node, in the activity of its batch. It runs the shards that have no record, and joins them all. If they
 *   are more than a second's work, it hands those that are left to workflows of their own (`workflows/run-shards.ts`), and is run again to join them.
 * - `run-shards-task.ts`: the activity of such a workflow, which has a range of the shards.
 */

import type { PlanMap } from "../../../schemas/plan.ts";
import type { FanOut } from "../../../workflows/protocol.ts";
import type { JobOutcome } from "../../hosts/protocol.ts";
import { noteBegun } from "../begin-attempt.ts";
import { runInHost } from "../run-in-host.ts";
import type { Attempt, StageWorker } from "../stage-worker.ts";
import { NodeShards } from "./node-shards.ts";
import type { ShardWork } from "./run-shard.ts";
import { runShardList, type ShardsSoFar } from "./run-shard-list.ts";

/** Seconds of shards still to be run above which other workers get some too. */
const ALONE_UP_TO_SECONDS = 1;

/**
 * Run a mapped node: run the shards that have no record, then join their outputs.
 *
 * @returns the shards that are still to be run, where they are more than one activity's work, or what is known of those that failed.
 */
export async function runMappedNode(worker: StageWorker, attempt: Attempt, map: PlanMap): Promise<JobOutcome | FanOut> {
  const shards = await NodeShards.of(worker.store, attempt, map);
  const work = { worker, attempt, shards };
  noteBegun(worker, attempt);
  const { missing, codeSeconds } = await missingShards(work);
  const isMuch = (soFar: ShardsSoFar) => secondsEach(soFar) * (missing.length - soFar.next) > ALONE_UP_TO_SECONDS;
  const ended = await runShardList(work, missing, isMuch);
  if (ended.next < missing.length || ended.error !== undefined) {
    const { next, failed, error } = ended;
    const place = { node: attempt.node.name, from: missing[next] ?? shards.length, shards: shards.length };
    return { ...place, seconds: secondsEach(ended), failed, ...(error === undefined ? {} : { error }) };
  }
  const { sha256: list } = await worker.store.blobs.put(JSON.stringify(shards.keys()));
  const { key, ingredients } = attempt;
  return runInHost(worker, attempt, { key, ingredients, part: { type: "join", shards: list, spent: codeSeconds + ended.codeSeconds } });
}

/** Look up which shards have no record, and the seconds of stage code behind those that have. */
async function missingShards({ worker, attempt, shards }: ShardWork): Promise<{ missing: number[]; codeSeconds: number }> {
  const missing: number[] = [];
  let codeSeconds = 0;
  for (let index = 0; index < shards.length; index += 1) {
    attempt.signal.throwIfAborted();
    const found = await worker.store.shardRecords.sound(shards.shard(index).key);
    if (found === undefined) missing.push(index);
    else {
      codeSeconds += found.seconds;
      attempt.journal.shard(index, shards.length, false);
    }
  }
  return { missing, codeSeconds };
}

function secondsEach({ ran, tookSeconds }: ShardsSoFar): number {
  return tookSeconds / Math.max(1, ran);
}
