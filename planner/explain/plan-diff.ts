import type { ArtifactRef } from "../../schemas/artifact.ts";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import type { NodeDiff } from "../../schemas/command-output/plan-report.ts";
import type { Plan, PlanInput, PlanNode } from "../../schemas/plan.ts";
import type { RunState } from "../../schemas/run-state.ts";
import type { ResolvedNode } from "../resolve.ts";
import { type ComparingStore, type Computation, compareIngredients, type Difference, isSameCode } from "./compare-ingredients.ts";
import { tellDifferences } from "./explain-difference.ts";
import { portLabels } from "./port-labels.ts";

/** A run: the plan in force, and how it stands. */
export interface PlannedRun {
  readonly plan: Plan;
  readonly state: RunState;
}

/**
 * Compare a plan with a run's, stage by stage: those of the plan in its order, then those that it no longer has.
 *
 * Stages are the same by name; one that was renamed is found by what it does.
 */
export async function diffPlan(plan: Plan, resolved: readonly ResolvedNode[], run: PlannedRun, store: ComparingStore): Promise<NodeDiff[]> {
  const names = matchNodes(plan.nodes, run.plan.nodes);
  const made = new Map(resolved.flatMap((found) => (found.status === "cached" ? [[found.node.name, found.record.outputs] as const] : [])));
  const ran = new Map(
    run.state.nodes.flatMap(({ name, status, outputs }) => (status === "done" && outputs ? [[name, outputs] as const] : [])),
  );
  const nodes: NodeDiff[] = [];
  for (const node of plan.nodes) {
    const { name, stage } = node;
    const old = run.plan.nodes.find((other) => other.name === names.get(name));
    if (old === undefined) {
      nodes.push({ name, stage, was: null, change: "added", why: null });
      continue;
    }
    const before = computationIn(run.plan, old, ran);
    const now = computationIn(plan, node, made);
    const rewired = rewiredInputs(node, plan, old, run.plan, names);
    const differences = withWiring(await compareIngredients(before, now, store), rewired, before, now);
    const missing = [...unmade(now, node, "waits for"), ...unmade(before, old, "that run has no output of")];
    const [change, why] =
      differences.length > 0
        ? (["changed", tellDifferences(differences) ?? null] as const)
        : missing.length > 0
          ? (["unknown", missing[0] ?? null] as const)
          : (["same", null] as const);
    nodes.push({ name, stage, was: old.name === name ? null : old.name, change, why });
  }
  const matched = new Set(names.values());
  const removed = run.plan.nodes.filter(({ name }) => !matched.has(name));
  return [...nodes, ...removed.map(({ name, stage }): NodeDiff => ({ name, stage, was: null, change: "removed", why: null }))];
}

/** Which node of a run each node of a plan is, by name. */
function matchNodes(nodes: readonly PlanNode[], others: readonly PlanNode[]): Map<string, string> {
  const free = new Map(others.map((other) => [other.name, other]));
  const names = new Map<string, string>();
  const match = (name: string, other: string) => {
    names.set(name, other);
    free.delete(other);
  };
  for (const { name } of nodes) if (free.has(name)) match(name, name);
  for (const node of nodes) {
    if (names.has(node.name)) continue;
    const ofStage = [...free.values()].filter(({ stage }) => stage === node.stage);
    const same = ofStage.find((other) => isSameCode(other, node) && canonicalJson(other.params) === canonicalJson(node.params));
    const found = same ?? (ofStage.length === 1 ? ofStage[0] : undefined);
    if (found !== undefined) match(node.name, found.name);
  }
  return names;
}

/** What decides a node, with the artifacts of the nodes before it. */
function computationIn(
  plan: Plan,
  { stage, code, work, params, runtime, inputs }: PlanNode,
  made: ReadonlyMap<string, { readonly [output: string]: ArtifactRef }>,
): Computation {
  const artifactOf = ({ from }: PlanInput) => ("source" in from ? plan.sources[from.source]?.artifact : made.get(from.node)?.[from.output]);
  const of = { stage, code, ...(work === undefined ? {} : { work }), params, runtime };
  const labels = portLabels(inputs);
  return { ...of, inputs: new Map(inputs.map((input, index) => [labels[index] ?? input.port, artifactOf(input)])) };
}

/** The inputs that come from another place than in the run: by port, from where. */
function rewiredInputs(
  node: PlanNode,
  plan: Plan,
  old: PlanNode,
  oldPlan: Plan,
  names: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const identity = ({ from }: PlanInput, { sources }: Plan, nameOf: (name: string) => string | undefined) =>
    canonicalJson("source" in from ? (sources[from.source]?.pattern ?? []) : [nameOf(from.node) ?? null, from.output]);
  const rewired = new Map<string, string>();
  const [labels, oldLabels] = [portLabels(node.inputs), portLabels(old.inputs)];
  for (const [index, input] of node.inputs.entries()) {
    const label = labels[index] ?? input.port;
    const before = old.inputs[oldLabels.indexOf(label)];
    if (before === undefined || identity(input, plan, (name) => names.get(name)) === identity(before, oldPlan, (name) => name)) continue;
    rewired.set(label, `from ${originOf(input, plan)}, not ${originOf(before, oldPlan)}`);
  }
  return rewired;
}

function originOf({ from }: PlanInput, plan: Plan): string {
  if ("source" in from) return `files(${(plan.sources[from.source]?.pattern ?? []).map((glob) => JSON.stringify(glob)).join(", ")})`;
  const outputs = Object.keys(plan.nodes.find(({ name }) => name === from.node)?.outputs ?? {});
  return outputs.length > 1 ? `${from.node}.${from.output}` : from.node;
}

/** Differences, with where inputs come from now; equal contents from elsewhere are no difference. */
function withWiring(
  differences: readonly Difference[],
  rewired: ReadonlyMap<string, string>,
  before: Computation,
  now: Computation,
): Difference[] {
  const reported = differences.map((difference) => {
    const origin = rewired.get(difference.port ?? "");
    return origin === undefined ? difference : { ...difference, text: `${difference.text}; it comes ${origin}` };
  });
  const unknown = [...rewired].filter(([port]) => before.inputs.get(port) === undefined || now.inputs.get(port) === undefined);
  return [
    ...reported,
    ...unknown.map(([port, origin]): Difference => ({ ingredient: "input", text: `input ${port} comes ${origin}`, port })),
  ];
}

/** The nodes whose outputs a computation lacks, in a line. */
function unmade({ inputs }: Computation, node: PlanNode, what: string): string[] {
  const labels = portLabels(node.inputs);
  const makers = node.inputs.flatMap(({ port, from }, index) =>
    inputs.get(labels[index] ?? port) === undefined && "node" in from ? [from.node] : [],
  );
  return makers.length === 0 ? [] : [`${what} ${[...new Set(makers)].join(", ")}`];
}
