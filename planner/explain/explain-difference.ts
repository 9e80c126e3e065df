import type { Plan } from "../../schemas/plan.ts";
import type { StageRecord } from "../../schemas/record.ts";
import type { PlannerStore } from "../planner-store.ts";
import { describeDamage, type ResolvedNode } from "../resolve.ts";
import { type ComparingStore, compareIngredients, computationOf, type Difference } from "./compare-ingredients.ts";
import { nearestRecord, RecordIndex, type StageUse } from "./nearest-record.ts";
import { portLabels } from "./port-labels.ts";

/** What explaining needs of a store. */
export type ExplainingStore = ComparingStore & { readonly records: Pick<PlannerStore["records"], "list"> };

/**
 * Why each node that is not cached will run, by its name: the first ingredient that differs from the nearest record.
 *
 * A node whose inputs do not exist yet waits for the nodes that produce them; the first other difference is named too.
 */
export async function explainDifferences(
  plan: Plan,
  resolved: readonly ResolvedNode[],
  store: ExplainingStore,
): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  const open = resolved.filter(({ status }) => status !== "cached");
  if (open.length === 0) return reasons;
  const records = new RecordIndex(await Array.fromAsync(store.records.list()));
  for (const found of open) reasons.set(found.node.name, await explainNode(plan, found, records, store));
  return reasons;
}

/** The first of several differences, and of what kinds the others are. */
export function tellDifferences([first, ...others]: readonly Difference[]): string | undefined {
  if (first === undefined) return undefined;
  const kinds = others.map(({ ingredient }) => ingredient).join(", ");
  return `${first.text}${others.length === 0 ? "" : ` (and ${others.length} more: ${kinds})`}`;
}

async function explainNode(plan: Plan, found: ResolvedNode, records: RecordIndex, store: ExplainingStore): Promise<string> {
  if (found.status === "run" && found.damage !== undefined) return describeDamage(found.damage);
  const { node } = found;
  const artifacts = found.status === "run" ? found.inputs : [];
  const { stage, code, work, params, runtime } = node;
  const inputs = new Map(portLabels(node.inputs).map((label, index) => [label, artifacts[index]]));
  const use: StageUse = {
    node: node.name,
    pipeline: plan.pipeline,
    computation: { stage, code, ...(work === undefined ? {} : { work }), params, runtime, inputs },
  };
  const record = nearestRecord(use, records);
  const differences = record === undefined ? undefined : await compareIngredients(computationOf(record), use.computation, store);
  if (found.status === "unknown") {
    const known = differences === undefined ? "never run before" : differences[0]?.text;
    return [`waits for ${found.after.join(", ")}`, ...(known === undefined ? [] : [known])].join("; ");
  }
  if (record === undefined || differences === undefined) return "never run before";
  return (tellDifferences(differences) ?? "its record cannot be read") + against(record, use);
}

/** Which record was compared with, where it is not this node's own. */
function against(record: StageRecord, use: StageUse): string {
  if (record.node === use.node && record.pipeline === use.pipeline) return "";
  return `, against ${record.node} of ${record.pipeline}`;
}
