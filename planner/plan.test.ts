import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isCrisolError } from "../schemas/error.ts";
import { Plan, type PlanMap } from "../schemas/plan.ts";
import { openStore } from "../store/store.ts";
import { planSmall, smallGraph, smallProject } from "../test/small-project.ts";
import { makePlan } from "./plan.ts";

let project: string;
beforeEach(() => {
  project = smallProject();
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

test("a plan is plain data that its schema reads back as it is", async () => {
  const { plan } = await planSmall(project);
  expect(Plan.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  expect(JSON.stringify(plan)).not.toContain(project);
});

test("a mapped stage is another computation than the same code over the whole, and its node says what it maps over", async () => {
  const store = await openStore({ directory: join(project, ".crisol", "store") });
  const planWith = async (map: { readonly map?: PlanMap }) => {
    const graph = smallGraph(project);
    const nodes = graph.nodes.map((node) => (node.name === "second" ? { ...node, spec: { ...node.spec, ...map } } : node));
    const { plan } = await makePlan({ ...graph, nodes }, { project, store, cache: join(project, "cache.json") });
    return plan.nodes;
  };
  const whole = await planWith({});
  const mapped = await planWith({ map: { port: "from", reduce: false } });
  expect(mapped.map(({ map }) => map)).toEqual([undefined, { port: "from", reduce: false }]);
  expect(mapped[0]).toEqual(whole[0]);
  expect(mapped[1]?.code).not.toBe(whole[1]?.code);
});

test("planning again gives the same digest, from the cache", async () => {
  const first = await planSmall(project);
  expect((await planSmall(project)).digest).toBe(first.digest);
});

test("a package that is lost from the store is recreated, though the cache knows it", async () => {
  const before = await planSmall(project);
  rmSync(join(project, ".crisol", "store", "blobs"), { recursive: true });
  const after = await planSmall(project);
  expect(after.digest).toBe(before.digest);
  const store = await openStore({ directory: join(project, ".crisol", "store") });
  for (const { code } of after.plan.nodes) expect(await store.blobs.check(code)).toBeUndefined();
});

test.each([
  ["large parameters", { blob: "x".repeat(1_100_000) }, 1, "the parameters of first take"],
  ["many stages", { text: "x".repeat(100) }, 4000, "make fewer, larger ones"],
])("a plan above 1 MB is refused with advice: %s", async (_, params, copies, advice) => {
  const graph = smallGraph(project, { params });
  const [first] = graph.nodes;
  if (first === undefined) throw new Error("no node");
  const nodes = Array.from({ length: copies }, (_, index) => ({ ...first, name: index === 0 ? "first" : `first-${index}` }));
  const store = await openStore({ directory: join(project, ".crisol", "store") });
  const error = await makePlan({ ...graph, nodes }, { project, store, cache: join(project, "cache.json") }).catch(
    (error: unknown) => error,
  );
  expect(isCrisolError(error) && error.parts).toMatchObject({ code: "PIPELINE_INVALID", fix: expect.stringContaining(advice) });
});
