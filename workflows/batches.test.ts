import { expect, it } from "vitest";
import { digestOf } from "../schemas/digest.ts";
import type { Plan, PlanNode } from "../schemas/plan.ts";
import { batches, LARGEST_BATCH } from "./batches.ts";
import { begin, start, succeed } from "./interpreter.ts";

function node(name: string, from: readonly string[] = [], queue: "cpu" | "gpu" = "cpu"): PlanNode {
  return {
    name,
    stage: name.replace(/\d+$/, ""),
    inputs: from.map((node) => ({ port: node, from: { node, output: "out" } })),
    outputs: { out: { kind: "documents", adds: [] } },
    params: {},
    code: digestOf("code"),
    runtime: {},
    resources: { cpus: 1, gpus: queue === "gpu" ? 1 : 0, memory: 512, timeout: 60, attempts: 3 },
  };
}

const planOf = (...nodes: PlanNode[]): Plan => ({ version: 1, pipeline: "p", params: {}, sources: {}, nodes, outputs: {} });
const many = (count: number) => Array.from({ length: count }, (_, index) => node(`n${index}`));
const chain = (count: number) => Array.from({ length: count }, (_, index) => node(`n${index}`, index === 0 ? [] : [`n${index - 1}`]));
const names = (plan: Plan, free = { cpu: 2, gpu: 1 }) => batches(begin(plan), free).map(({ nodes }) => nodes.map(({ name }) => name));

it("puts stages in a row into one batch, up to its size", () => {
  expect(names(planOf(...chain(5)))).toEqual([["n0", "n1", "n2", "n3", "n4"]]);
  expect(names(planOf(...chain(80))).map(({ length }) => length)).toEqual([LARGEST_BATCH]);
});

it("spreads independent nodes over free slots, and creates more batches where they would grow large", () => {
  expect(names(planOf(...many(5)))).toEqual([
    ["n0", "n1"],
    ["n2", "n3", "n4"],
  ]);
  expect(names(planOf(...many(5)), { cpu: 0, gpu: 0 })).toEqual([["n0", "n1", "n2", "n3", "n4"]]);
  expect(names(planOf(...many(200))).every(({ length }) => length <= LARGEST_BATCH)).toBe(true);
  expect(names(planOf(...many(200))).flat()).toHaveLength(200);
});

it("lets a stage join the batch that produces all it reads, and wait where two batches do", () => {
  const plan = planOf(node("a"), node("b"), node("c", ["a"]), node("d", ["a", "b"]), node("e", ["c"]));
  expect(names(plan)).toEqual([["a", "c", "e"], ["b"]]);
  expect(names(plan, { cpu: 1, gpu: 1 })).toEqual([["a", "b", "c", "d", "e"]]);
});

it("keeps the queues apart", () => {
  expect(names(planOf(node("a"), node("b", ["a"], "gpu"), node("c", [], "gpu"), node("d", ["a"])))).toEqual([["a", "d"], ["c"]]);
});

it("gives each stage that took long an activity of its own from then on", () => {
  const plan = planOf(...many(4), node("other", ["n0"]));
  const state = succeed(start(begin(plan), ["n0"]), { node: "n0", content: "", slow: true });
  expect(batches(state, { cpu: 2, gpu: 1 }).map(({ nodes }) => nodes.map(({ name }) => name))).toEqual([["n1"], ["n2"], ["n3"], ["other"]]);
});
