/** Any pipeline of valid calls compiles to a graph that says the same, and unneeded nodes are found. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compile } from "../../dsl/graph/compile.ts";
import type { Graph } from "../../dsl/graph/graph.ts";
import { type Documents, definePipeline, defineStage, files, output, port, z } from "../../dsl/index.ts";
import { canonicalJson } from "../../schemas/canonical-json.ts";

const seed = Number(process.env.CRISOL_SEED ?? 20_261_124);
const settings = { seed, numRuns: 300, verbose: true };

const source = defineStage(import.meta, {
  name: "source",
  inputs: { from: port("files") },
  outputs: { documents: output("documents") },
  params: z.strictObject({ n: z.int() }),
  positional: false,
  run: "./none.ts",
});
const join = defineStage(import.meta, {
  name: "join",
  inputs: { left: port("documents"), right: port("documents") },
  outputs: { documents: output("documents", { from: "left" }) },
  params: z.strictObject({ n: z.int() }),
  run: "./none.ts",
});

/** A node of a random pipeline: which earlier nodes it joins (none: it reads files), by position modulo its own. */
interface Step {
  readonly joins: readonly [number, number] | null;
  readonly isOutput: boolean;
}

const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({ joins: fc.option(fc.tuple(fc.nat(50), fc.nat(50))), isOutput: fc.boolean() }), {
  minLength: 1,
  maxLength: 30,
});

const nameOf = (index: number): string => `n${index}`;
const joinsOf = (step: Step, index: number): number[] => (step.joins === null || index === 0 ? [] : step.joins.map((at) => at % index));

function compileSteps(all: readonly Step[]) {
  const pipeline = definePipeline({
    name: "random",
    build() {
      const made: Documents<never>[] = [];
      const outputs: Record<string, Documents<never>> = {};
      all.forEach((step, index) => {
        const [left, right] = joinsOf(step, index).map((at) => made[at]);
        const as = nameOf(index);
        const handle = left && right ? join({ left, right, n: index, as }) : source({ from: files(`data/${index % 3}`), n: index, as });
        made.push(handle);
        if (step.isOutput) outputs[as] = handle;
      });
      return outputs;
    },
  });
  return compile(pipeline, {});
}

/** The nodes that an output needs, computed differently from the compiler: from the last to the first. */
function needed(all: readonly Step[]): boolean[] {
  const need = all.map((step) => step.isOutput);
  for (let index = all.length - 1; index >= 0; index--) {
    const step = all[index];
    if (need[index] && step) for (const at of joinsOf(step, index)) need[at] = true;
  }
  return need;
}

/** A graph without its schemas, as JSON. */
function plain(graph: Graph): string {
  const nodes = graph.nodes.map(({ name, spec, inputs, params }) => ({ name, stage: spec.name, inputs: [...inputs], params }));
  return canonicalJson({
    sources: graph.sources.map(({ name, pattern }) => ({ name, pattern: [...pattern] })),
    nodes,
    outputs: { ...graph.outputs },
  });
}

test(`a compiled graph has every call once, after what it needs, or an issue for each that nothing needs (seed ${seed})`, () => {
  fc.assert(
    fc.property(steps, (all) => {
      const { graph, issues } = compileSteps(all);
      const unused = needed(all).flatMap((isNeeded, index) => (isNeeded ? [] : [nameOf(index)]));
      if (all.every((step) => !step.isOutput)) {
        expect(issues.map(({ code }) => code)).toEqual(["no-outputs"]);
        return;
      }
      expect(issues.map(({ code, path }) => [code, path.at(-1)])).toEqual(unused.map((name) => ["unused-stage", name]));
      if (unused.length > 0) return;
      expect(graph?.nodes.map(({ name }) => name)).toEqual(all.map((_, index) => nameOf(index)));
      const before = new Set<string>();
      for (const node of graph?.nodes ?? []) {
        for (const { from } of node.inputs) if ("node" in from) expect(before).toContain(from.node);
        before.add(node.name);
      }
    }),
    settings,
  );
});

test(`compiling twice gives the same graph (seed ${seed})`, () => {
  fc.assert(
    fc.property(steps, (all) => {
      const whole = all.map((step) => ({ ...step, isOutput: true }));
      const [first, second] = [compileSteps(whole), compileSteps(whole)];
      expect(first.graph && plain(first.graph)).toBe(second.graph && plain(second.graph));
      expect(first.graph).toBeDefined();
    }),
    settings,
  );
});

test(`whatever the parameters, compile answers with issues and never throws (seed ${seed})`, () => {
  const pipeline = definePipeline({
    name: "params",
    params: z.object({ n: z.int().min(0).max(9), list: z.array(z.string()).default([]), any: z.unknown().optional() }),
    build: ({ n }) => ({ documents: source({ from: files("data/*"), n }) }),
  });
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom("n", "list", "any", "m", "__proto__"),
        fc.anything({ withBigInt: true, withDate: true, withMap: true }),
      ),
      (params) => {
        const { graph, issues } = compile(pipeline, params);
        expect(graph === undefined).toBe(issues.length > 0);
        for (const { message, path, fix } of issues) {
          expect(message).not.toBe("");
          expect(fix).not.toBe("");
          expect(path.slice(0, 2)).toEqual(["params", "params"]);
        }
        if (graph !== undefined) expect(JSON.parse(canonicalJson(graph.params))).toEqual(graph.params);
      },
    ),
    settings,
  );
});
