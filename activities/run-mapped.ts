import type { JobOutcome } from "../host/protocol.ts";
import type { PlanMap } from "../schemas/plan.ts";
import type { FanOut } from "../workflows/protocol.ts";
import { begins } from "./attempts-begun.ts";
import { NodeShards } from "./node-shards.ts";
import { runInHost } from "./run-in-host.ts";
import { missingShards, runShards, type ShardsRun } from "./run-shards.ts";
import type { Attempt, StageWorker } from "./stage-worker.ts";

/** Seconds of shards still to be run above which they are given to others too. */
const ALONE_UP_TO = 1;

/**
 * Make a mapped node: run the shards that have no record, then join what they made.
 *
 * @returns the shards that are still to be run, where they are more than one activity's work, or what is known of those that failed.
 */
export async function runMapped(worker: StageWorker, attempt: Attempt, map: PlanMap): Promise<JobOutcome | FanOut> {
  const { node } = attempt;
  const shards = await NodeShards.of(worker.store, attempt, map);
  begins(worker, attempt);
  const { missing, spent } = await missingShards(worker, attempt, shards);
  const isMuch = ({ next, ran, took }: ShardsRun) => ran > 0 && (took / ran) * (missing.length - next) > ALONE_UP_TO;
  const run = await runShards(worker, attempt, shards, { numbers: missing, enough: isMuch });
  if (run.next < missing.length || run.error !== undefined) {
    const { next, ran, took, failed, error } = run;
    const place = { node: node.name, from: missing[next] ?? shards.length, shards: shards.length };
    return { ...place, seconds: took / Math.max(1, ran), failed, ...(error === undefined ? {} : { error }) };
  }
  const { sha256: list } = await worker.store.blobs.put(JSON.stringify(shards.keys()));
  const { key, ingredients } = attempt;
  return runInHost(worker, attempt, { key, ingredients, part: { type: "join", shards: list, spent: spent + run.spent } });
}
