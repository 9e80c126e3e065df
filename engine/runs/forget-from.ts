import { resolvePlan } from "../../planner/resolve.ts";
import { CrisolError } from "../../schemas/error.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { Store } from "../../store/store.ts";
import { nameChoice } from "../../system/text/name-choice.ts";
import { NodeShards } from "../attempts/shards/node-shards.ts";
import { forgetCheckpoints } from "../hosts/child/stage-checkpoints.ts";

/**
 * Forget the results of a stage and of those that depend on it, so that they run again: their records, those of their shards, and saved states.
 *
 * Records are moved to `damaged/`, and their artifacts stay.
 *
 * @throws CrisolError COMMAND_INVALID if the plan has no such stage.
 */
export async function forgetFrom(store: Store, plan: Plan, stage: string): Promise<void> {
  if (!plan.nodes.some(({ name }) => name === stage)) throw noStage(plan, stage);
  const again = new Set([stage]);
  for (const { name, inputs } of plan.nodes) if (inputs.some(({ from }) => "node" in from && again.has(from.node))) again.add(name);
  for (const found of await resolvePlan(plan, store)) {
    if (!again.has(found.node.name) || found.status === "unknown") continue;
    await forgetCheckpoints(store, found.key);
    if (found.status === "run") {
      // shards of a stage that has not been joined yet
      const { map } = found.node;
      if (map !== undefined) for (const key of (await NodeShards.of(store, found, map)).keys()) await store.shardRecords.free(key);
      continue;
    }
    for (const key of await store.shardRecords.listed(found.record)) await store.shardRecords.free(key);
    await store.records.setAside(found.key);
  }
}

function noStage({ pipeline, nodes }: Plan, stage: string): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: `the pipeline has no stage '${stage}'`,
    where: `--from ${stage}`,
    why: "there is nothing to rerun from",
    fix: `name one of ${pipeline}'s: ${nameChoice(
      stage,
      nodes.map(({ name }) => name),
    )}`,
  });
}
