import type { ArtifactRef } from "../schemas/artifact.ts";
import { type Digest, shortDigest } from "../schemas/digest.ts";
import type { Plan, PlanInput, PlanNode } from "../schemas/plan.ts";
import type { Ingredients, StageRecord } from "../schemas/record.ts";
import type { Damage } from "../store/damage.ts";
import { ingredientsOf, keyOf } from "./keys.ts";
import type { PlannerStore } from "./planner-store.ts";

/** How a node of a plan stands before anything runs. */
export type ResolvedNode =
  /** A record has what it would make, and its artifacts are whole. */
  | { readonly status: "cached"; readonly node: PlanNode; readonly key: Digest; readonly record: StageRecord }
  /** It will run: nobody did it yet, or what was made is damaged. */
  | {
      readonly status: "run";
      readonly node: PlanNode;
      readonly key: Digest;
      readonly ingredients: Ingredients;
      readonly inputs: readonly ArtifactRef[];
      readonly damage?: Damage;
    }
  /** Its inputs are not made yet: `after` names the nodes that make them. */
  | { readonly status: "unknown"; readonly node: PlanNode; readonly after: readonly string[] };

/** What resolving needs of a store. */
export type ResolvingStore = {
  readonly artifacts: Pick<PlannerStore["artifacts"], "check">;
  readonly records: Pick<PlannerStore["records"], "get">;
};

/** Follow a plan as far as records go: which nodes are cached, which will run, and of which nobody can know yet. */
export async function resolvePlan(plan: Plan, store: ResolvingStore): Promise<ResolvedNode[]> {
  const resolved = new Map<string, ResolvedNode>();
  const checks = new Map<Digest, Promise<Damage | undefined>>();
  const check = (ref: ArtifactRef): Promise<Damage | undefined> => {
    const running = checks.get(ref.digest) ?? store.artifacts.check(ref);
    checks.set(ref.digest, running);
    return running;
  };
  for (const node of plan.nodes) {
    const inputs = node.inputs.map((input) => artifactOf(input, plan, resolved));
    resolved.set(
      node.name,
      inputs.every((input) => input !== undefined) ? await look(node, inputs, store, check) : waiting(node, resolved),
    );
  }
  return [...resolved.values()];
}

/**
 * What a run begins with: the nodes that are cached, and notes on what was found damaged.
 */
export async function resolveCached(plan: Plan, store: ResolvingStore): Promise<CachedNodes> {
  const resolved = await resolvePlan(plan, store);
  return {
    cached: resolved.flatMap((found) =>
      found.status === "cached" ? [{ node: found.node.name, key: found.key, outputs: found.record.outputs }] : [],
    ),
    notes: resolved.flatMap((found) =>
      found.status === "run" && found.damage !== undefined ? [{ node: found.node.name, note: describeDamage(found.damage) }] : [],
    ),
  };
}

/** Nodes that a run can skip, and what people should know of others. */
export interface CachedNodes {
  readonly cached: { readonly node: string; readonly key: Digest; readonly outputs: StageRecord["outputs"] }[];
  readonly notes: { readonly node: string; readonly note: string }[];
}

/** Why a record could not be used, in a line. */
export function describeDamage({ artifact, path, what }: Damage): string {
  return `artifact ${shortDigest(artifact)} is damaged${path === undefined ? "" : ` (${path})`}: ${what}`;
}

async function look(
  node: PlanNode,
  inputs: readonly ArtifactRef[],
  store: ResolvingStore,
  check: (ref: ArtifactRef) => Promise<Damage | undefined>,
): Promise<ResolvedNode> {
  const ingredients = ingredientsOf(node, inputs);
  const key = keyOf(ingredients);
  const record = await store.records.get(key);
  if (record === undefined) return { status: "run", node, key, ingredients, inputs };
  for (const output of Object.values(record.outputs)) {
    const damage = await check(output);
    if (damage !== undefined) return { status: "run", node, key, ingredients, inputs, damage };
  }
  return { status: "cached", node, key, record };
}

function artifactOf({ from }: PlanInput, plan: Plan, resolved: ReadonlyMap<string, ResolvedNode>): ArtifactRef | undefined {
  if ("source" in from) return plan.sources[from.source]?.artifact;
  const producer = resolved.get(from.node);
  return producer?.status === "cached" ? producer.record.outputs[from.output] : undefined;
}

function waiting(node: PlanNode, resolved: ReadonlyMap<string, ResolvedNode>): ResolvedNode {
  const makers = node.inputs.flatMap(({ from }) => ("node" in from && resolved.get(from.node)?.status !== "cached" ? [from.node] : []));
  return { status: "unknown", node, after: [...new Set(makers)] };
}
