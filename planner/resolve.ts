import type { ArtifactRef } from "../schemas/artifact.ts";
import { type Digest, shortDigest } from "../schemas/digest.ts";
import type { Plan, PlanInput, PlanNode } from "../schemas/plan.ts";
import type { Ingredients, StageRecord } from "../schemas/record.ts";
import type { Damage } from "../store/damage.ts";
import { ingredientsOf, keyOf } from "./keys.ts";
import type { PlannerStore } from "./planner-store.ts";

/** How a node of a plan stands before anything runs. */
export type ResolvedNode =
  /** A record has its outputs, and their artifacts are whole. */
  | { readonly status: "cached"; readonly node: PlanNode; readonly key: Digest; readonly record: StageRecord }
  /** It will run: it has no record, or an artifact of its record is damaged. */
  | {
      readonly status: "run";
      readonly node: PlanNode;
      readonly key: Digest;
      readonly ingredients: Ingredients;
      readonly inputs: readonly ArtifactRef[];
      readonly damage?: Damage;
    }
  /** Its inputs do not exist yet: `after` names the nodes that produce them. */
  | { readonly status: "unknown"; readonly node: PlanNode; readonly after: readonly string[] };

/** What resolving needs of a store. */
export type ResolvingStore = {
  readonly artifacts: Pick<PlannerStore["artifacts"], "check">;
  readonly records: Pick<PlannerStore["records"], "get">;
};

/**
 * Follow a plan as far as records go: which nodes are cached, which will run, and for which this is not known yet.
 *
 * Records are followed from node to node while the artifacts they name are still being checked: a damaged one takes back what followed from it.
 */
export async function resolvePlan(plan: Plan, store: ResolvingStore): Promise<ResolvedNode[]> {
  const lookups = new Map<string, Lookup>();
  for (const node of plan.nodes) {
    const inputs = node.inputs.map((input) => artifactOf(input, plan, (name) => lookups.get(name)?.record));
    if (inputs.every((input) => input !== undefined)) lookups.set(node.name, await look(node, inputs, store));
  }
  const resolved = new Map<string, ResolvedNode>();
  for (const node of plan.nodes) resolved.set(node.name, await conclude(node, plan, resolved, lookups.get(node.name)));
  return [...resolved.values()];
}

/** Why a record could not be used, in a line. */
export function describeDamage({ artifact, path, what }: Damage): string {
  return `artifact ${shortDigest(artifact)} is damaged${path === undefined ? "" : ` (${path})`}: ${what}`;
}

/** What the store has for a node, if the records before it hold. */
interface Lookup {
  readonly key: Digest;
  readonly ingredients: Ingredients;
  readonly inputs: readonly ArtifactRef[];
  readonly record: StageRecord | undefined;
  readonly damage: Promise<Damage | undefined>;
}

async function look(node: PlanNode, inputs: readonly ArtifactRef[], store: ResolvingStore): Promise<Lookup> {
  const ingredients = ingredientsOf(node, inputs);
  const key = keyOf(ingredients);
  const record = await store.records.get(key);
  const damage = firstDamage(Object.values(record?.outputs ?? {}), store);
  // awaited later, in the order of the plan
  damage.catch(() => undefined);
  return { key, ingredients, inputs, record, damage };
}

async function firstDamage(outputs: readonly ArtifactRef[], store: ResolvingStore): Promise<Damage | undefined> {
  for (const output of outputs) {
    const damage = await store.artifacts.check(output);
    if (damage !== undefined) return damage;
  }
  return undefined;
}

async function conclude(
  node: PlanNode,
  plan: Plan,
  resolved: ReadonlyMap<string, ResolvedNode>,
  lookup: Lookup | undefined,
): Promise<ResolvedNode> {
  const made = (name: string) => {
    const before = resolved.get(name);
    return before?.status === "cached" ? before.record : undefined;
  };
  const missing = node.inputs.filter((input) => artifactOf(input, plan, made) === undefined);
  if (lookup === undefined || missing.length > 0) {
    return { status: "unknown", node, after: [...new Set(missing.flatMap(({ from }) => ("node" in from ? [from.node] : [])))] };
  }
  const { key, ingredients, inputs, record } = lookup;
  const damage = await lookup.damage;
  if (record !== undefined && damage === undefined) return { status: "cached", node, key, record };
  return { status: "run", node, key, ingredients, inputs, ...(damage === undefined ? {} : { damage }) };
}

function artifactOf({ from }: PlanInput, plan: Plan, recordOf: (node: string) => StageRecord | undefined): ArtifactRef | undefined {
  return "source" in from ? plan.sources[from.source]?.artifact : recordOf(from.node)?.outputs[from.output];
}
