import type { ArtifactRef } from "../schemas/artifact.ts";
import type { Plan, PlanNode } from "../schemas/plan.ts";
import type { StageRecord } from "../schemas/record.ts";
import { compareArtifacts } from "./compare-artifacts.ts";
import { compareCode } from "./compare-code.ts";
import { compareParameters } from "./compare-parameters.ts";
import { nearestRecord, type StageUse } from "./nearest-record.ts";
import type { PlannerStore } from "./planner-store.ts";
import { describeDamage, type ResolvedNode } from "./resolve.ts";

/** What explaining needs of a store. */
export type ExplainingStore = {
  readonly blobs: Pick<PlannerStore["blobs"], "readAll">;
  readonly artifacts: Pick<PlannerStore["artifacts"], "manifest">;
  readonly records: Pick<PlannerStore["records"], "list">;
};

/**
 * Why each node that is not cached will run, by its name: the first ingredient that differs from the nearest record.
 *
 * A node whose inputs are not made yet waits for those who make them; what else differs is told too.
 */
export async function explainDifferences(
  plan: Plan,
  resolved: readonly ResolvedNode[],
  store: ExplainingStore,
): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  const open = resolved.filter(({ status }) => status !== "cached");
  if (open.length === 0) return reasons;
  const records = await store.records.list();
  for (const found of open) reasons.set(found.node.name, await explainNode(plan, found, records, store));
  return reasons;
}

async function explainNode(plan: Plan, found: ResolvedNode, records: readonly StageRecord[], store: ExplainingStore): Promise<string> {
  if (found.status === "run" && found.damage !== undefined) return describeDamage(found.damage);
  const inputs = found.status === "run" ? found.inputs : undefined;
  const use: StageUse = {
    node: found.node.name,
    pipeline: plan.pipeline,
    ingredients: found.status === "run" ? found.ingredients : ingredientsKnown(found.node),
  };
  const record = nearestRecord(use, records);
  const differences = record === undefined ? ["never run before"] : await differencesTo(record, use, inputs, store);
  const [first, ...others] = found.status === "unknown" ? [`waits for ${found.after.join(", ")}`, ...differences] : differences;
  if (first === undefined) return "its record cannot be read";
  if (found.status === "unknown") return [first, ...others.slice(0, 1)].join("; ");
  const more = others.length === 0 ? "" : ` (and ${others.length} more: ${others.map((other) => other.split(/[: ]/, 1)[0]).join(", ")})`;
  return first + more + against(record, use);
}

/** What differs, in the order of ingredients: code, parameters, inputs, runtime. */
async function differencesTo(
  record: StageRecord,
  { ingredients }: StageUse,
  inputs: readonly ArtifactRef[] | undefined,
  store: ExplainingStore,
): Promise<string[]> {
  const before = record.ingredients;
  const differences: string[] = [];
  if (before.code !== ingredients.code) differences.push(`code: ${await compareCode(before.code, ingredients.code, store.blobs)}`);
  differences.push(...compareParameters(before.params, ingredients.params).map((text) => `parameter ${text}`));
  for (const [index, { port, content }] of (ingredients.inputs ?? []).entries()) {
    const now = inputs?.[index];
    const was = record.inputs[before.inputs.findIndex((input) => input.port === port)];
    if (was === undefined || now === undefined) differences.push(`input ${port} new`);
    else if (was.content !== content) differences.push(`input ${port} ${await compareArtifacts(was, now, store.artifacts)}`);
  }
  for (const name of new Set([...Object.keys(before.runtime), ...Object.keys(ingredients.runtime)])) {
    if (before.runtime[name] !== ingredients.runtime[name]) differences.push(`runtime: ${name} changed`);
  }
  return differences;
}

function ingredientsKnown({ stage, code, params, runtime }: PlanNode): StageUse["ingredients"] {
  return { stage, code, params, runtime };
}

/** Which record was compared with, where it is not this node's own. */
function against(record: StageRecord | undefined, use: StageUse): string {
  if (record === undefined || (record.node === use.node && record.pipeline === use.pipeline)) return "";
  return `, against ${record.node} of ${record.pipeline}`;
}
