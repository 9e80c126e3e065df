import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Plan } from "../../schemas/plan.ts";
import { openStore, type Store } from "../../store/store.ts";
import { pretendRun } from "../../test/fixtures/pretend-run.ts";
import { planSmall, type SmallPipeline, smallProject, write } from "../../test/small-project.ts";
import { resolvePlan } from "../resolve.ts";
import { diffPlan, type PlannedRun } from "./plan-diff.ts";

let project: string;
let store: Store;
beforeEach(async () => {
  project = smallProject();
  store = await openStore({ directory: join(project, ".crisol", "store") });
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const edit = (path: string, from: string, to: string) => write(project, path, readFileSync(join(project, path), "utf8").replace(from, to));
const planned = async (pipeline?: SmallPipeline) => (await planSmall(project, pipeline)).plan;

/** A run of a plan, as far as its stages are on record. */
async function runOf(plan: Plan): Promise<PlannedRun> {
  const nodes = (await resolvePlan(plan, store)).map((found) => {
    const { name, stage } = found.node;
    return found.status === "cached"
      ? { name, stage, status: "done" as const, cached: false, attempts: 1, key: found.key, outputs: found.record.outputs }
      : { name, stage, status: "waiting" as const, cached: false, attempts: 0 };
  });
  const { planDigest } = await store.runs.create({ plan, projectFolder: project });
  return { plan, state: { runId: "a-run", pipeline: plan.pipeline, planDigest, status: "completed", nodes, outputs: {} } };
}

async function completedRun(plan: Plan, shards?: readonly string[]): Promise<PlannedRun> {
  await pretendRun(plan, store, shards === undefined ? {} : { shards });
  return runOf(plan);
}

/** Name, change and reason of each node. */
async function reported(plan: Plan, run: PlannedRun) {
  return (await diffPlan(plan, await resolvePlan(plan, store), run, store)).map(({ name, was, change, why }) => [
    was === null ? name : `${was} -> ${name}`,
    change,
    why,
  ]);
}

/** A plan with one of its nodes changed. */
function withNode(plan: Plan, name: string, change: (node: Plan["nodes"][number]) => Plan["nodes"][number]): Plan {
  return { ...plan, nodes: plan.nodes.map((node) => (node.name === name ? change(node) : node)) };
}

test("the plan of the run itself differs in nothing", async () => {
  const plan = await planned();
  expect(await reported(plan, await completedRun(plan))).toEqual([
    ["first", "same", null],
    ["second", "same", null],
  ]);
});

test("what differs is reported although everything is cached", async () => {
  const run = await completedRun(await planned(), ["zero", "one"]);
  edit("stages/first/run.ts", "10", "11");
  const plan = await planned({ params: { threshold: 0.7, mode: "soft" } });
  await pretendRun(plan, store, { shards: ["zero", "ONE"] });
  expect((await resolvePlan(plan, store)).map(({ status }) => status)).toEqual(["cached", "cached"]);
  expect(await reported(plan, run)).toEqual([
    ["first", "changed", "code: stages/first/run.ts changed (run) (and 1 more: parameter)"],
    ["second", "changed", "input from changed: 1 of 2 shards (documents/00001)"],
  ]);
});

test("a stage that will run is distinguished from those that wait for it", async () => {
  const run = await completedRun(await planned());
  edit("data/a.txt", "a", "A");
  expect(await reported(await planned(), run)).toEqual([
    ["first", "changed", "input from changed: 1 of 2 files (data/a.txt)"],
    ["second", "unknown", "waits for first"],
  ]);
});

test("a record of another run is not what this one computed", async () => {
  const soft = await planned();
  const hard = await planned({ params: { threshold: 0.8, mode: "hard" } });
  const run = await completedRun(hard);
  await completedRun(soft);
  expect((await reported(soft, run))[0]).toEqual(["first", "changed", 'parameter mode "hard" -> "soft"']);
});

test("stages that a run did not get to", async () => {
  const plan = await planned();
  await pretendRun({ ...plan, nodes: plan.nodes.slice(0, 1) }, store);
  const blocked = { ...plan, nodes: plan.nodes.map((node) => ({ ...node, params: node.name === "first" ? node.params : { x: 1 } })) };
  const run = await runOf(blocked);
  expect(await reported(plan, run)).toEqual([
    ["first", "same", null],
    ["second", "changed", "parameter x 1 -> unset"],
  ]);
  const none = { ...run, state: { ...run.state, nodes: run.state.nodes.map(({ outputs: _, ...node }) => node) } };
  expect((await reported(blocked, none))[1]).toEqual(["second", "unknown", "that run has no output of first"]);
});

test("stages that are new, gone or renamed", async () => {
  const plan = await planned();
  const run = await completedRun(plan);
  const [first, second] = plan.nodes;
  if (first === undefined || second === undefined) throw new Error("no nodes");
  const renamed = { ...second, name: "better" };
  const third = { ...second, name: "third", stage: "third", inputs: [{ port: "from", from: { node: "better", output: "documents" } }] };
  expect(await reported({ ...plan, nodes: [first, renamed, third] }, run)).toEqual([
    ["first", "same", null],
    ["second -> better", "same", null],
    ["third", "added", null],
  ]);
  expect(await reported({ ...plan, nodes: [first] }, run)).toEqual([
    ["first", "same", null],
    ["second", "removed", null],
  ]);
});

test("an input that comes from elsewhere", async () => {
  const plan = await planned();
  const run = await completedRun(plan);
  const fromFiles = withNode(plan, "second", (node) => ({ ...node, inputs: [{ port: "from", from: { source: "files" } }] }));
  expect((await reported(fromFiles, run))[1]).toEqual([
    "second",
    "changed",
    'input from changed: 2 of 2 files, 2 gone; it comes from files("data/*.txt"), not first',
  ]);
  // whose contents are not known yet
  const first = { ...plan.nodes[0], name: "again", params: { mode: "new" } } as Plan["nodes"][number];
  const fromNew = withNode({ ...plan, nodes: [plan.nodes[0] ?? first, first, ...plan.nodes.slice(1)] }, "second", (node) => ({
    ...node,
    inputs: [{ port: "from", from: { node: "again", output: "documents" } }],
  }));
  expect((await reported(fromNew, run))[2]).toEqual(["second", "changed", "input from comes from again, not first"]);
});

test("the same bytes from elsewhere are no difference", async () => {
  const run = await completedRun(await planned());
  const plan = await planned({ pattern: ["data/b.txt", "data/a.txt"] });
  expect(await reported(plan, run)).toEqual([
    ["first", "same", null],
    ["second", "same", null],
  ]);
});
