import { dirname, join } from "node:path";
import type { Graph } from "../dsl/graph/graph.ts";
import { canonicalJson } from "../schemas/canonical-json.ts";
import { type Digest, digestOf } from "../schemas/digest.ts";
import { CrisolError } from "../schemas/error.ts";
import type { Plan, PlanNode } from "../schemas/plan.ts";
import { outputsOf, packageStages } from "./code/code-package.ts";
import { RuntimeFacts } from "./code/runtime-facts.ts";
import type { PlannerStore } from "./planner-store.ts";
import { withSchemas } from "./schema-files.ts";
import { type FoundSource, findSources } from "./sources/sources.ts";

/** Bytes that a plan may have: it travels in one payload of Temporal's. */
const largestPlan = 1_000_000;

/** What planning needs to know. */
export interface PlanningOptions {
  /** The project's folder: sources and the names of source files are relative to it. */
  readonly project: string;
  readonly store: PlannerStore;
  /** File that remembers code packages (`<home>/cache/packages.json`). */
  readonly cache: string;
}

/** A plan, with what was found on the way. */
export interface Planned {
  readonly plan: Plan;
  /** Digest of the plan's canonical JSON: the name of its blob, which the caller stores. */
  readonly digest: Digest;
  /** The sources' files, for the pins. */
  readonly sources: readonly FoundSource[];
}

/**
 * Turn a graph into a plan: package the stages' code, look at the sources, establish runtime facts.
 *
 * @throws CrisolError PIPELINE_INVALID (code that cannot be bundled, a schema that is not one, a plan above 1 MB), SOURCE_EMPTY, SOURCE_CHANGED (while it was read).
 */
export async function makePlan(graph: Graph, options: PlanningOptions): Promise<Planned> {
  const { nodes: bound } = await withSchemas(graph, options.project);
  const [codes, sources] = await Promise.all([
    packageStages(
      graph.nodes.map(({ spec }) => spec),
      options,
    ),
    findSources(graph.sources, options),
  ]);
  const facts = await RuntimeFacts.establish(
    graph.nodes.map(({ spec }) => spec),
    join(dirname(options.cache), "trainer.json"),
  );
  const nodes = bound.map(({ name, spec, inputs, params }): PlanNode => {
    const packaged = codes.get(spec);
    if (packaged === undefined) throw new Error(`no code package for stage ${spec.name}`);
    return {
      name,
      stage: spec.name,
      // by name, so that the order in which a stage declares them is no part of its key; those of a list stay in its order
      inputs: inputs.toSorted((a, b) => (a.port < b.port ? -1 : a.port > b.port ? 1 : 0)),
      outputs: outputsOf(spec),
      params,
      ...packaged,
      runtime: facts.of(spec),
      resources: spec.resources,
      ...(spec.map === undefined ? {} : { map: spec.map }),
    };
  });
  const plan: Plan = {
    version: 1,
    pipeline: graph.pipeline,
    params: graph.params,
    sources: Object.fromEntries(sources.map(({ name, pattern, artifact }) => [name, { pattern: [...pattern], artifact }])),
    nodes,
    outputs: graph.outputs,
  };
  const text = canonicalJson(plan);
  const bytes = Buffer.byteLength(text);
  if (bytes > largestPlan) throw tooLarge(plan, bytes);
  return { plan, digest: digestOf(text), sources };
}

function tooLarge(plan: Plan, bytes: number): CrisolError {
  const sizes = plan.nodes.map((node) => ({ name: node.name, bytes: Buffer.byteLength(canonicalJson(node.params)) }));
  const largest = sizes.reduce((most, size) => (size.bytes > most.bytes ? size : most), { name: "", bytes: 0 });
  const advice =
    largest.bytes > bytes / 10
      ? `the parameters of ${largest.name} take ${kilobytes(largest.bytes)}: put such data into a file and read it by files("...")`
      : `it has ${plan.nodes.length} stages: make fewer, larger ones (a stage may read many files), or split the pipeline`;
  return new CrisolError({
    code: "PIPELINE_INVALID",
    what: `the plan is too large: ${kilobytes(bytes)}, and at most ${kilobytes(largestPlan)} are possible`,
    where: `pipeline ${plan.pipeline}`,
    why: "a plan travels to Temporal in one message, which has a limit",
    fix: advice,
  });
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000)} kB`;
}
