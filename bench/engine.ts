/**
 * The engine's cost per stage, beside the bare Temporal SDK on the same server: `node bench/engine.ts`.
 *
 * The same work for both: N sequential steps, each `{ n } -> { n: n + 1 }`. Crisol runs them as stages: a host, a durable commit of artifact, record
 * and report each; the SDK as activities of a workflow, kept by the server alone. Per step = (time of 50 - time of 10) / 40, each the median of three.
 * Then a pipeline of 200 stages that are all cached: the time from the start of the workflow to its end, from its history.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { NativeConnection, Worker } from "@temporalio/worker";
import { Config } from "../cli/config/define.ts";
import { runWorkflow } from "../cli/run/run-workflow.ts";
import { RunClient } from "../cli/run/temporal-client.ts";
import { homeAt } from "../cli/services/home.ts";
import { ensureServices, stopServices } from "../cli/services/up.ts";
import { compile } from "../dsl/compile.ts";
import { makePlan } from "../planner/plan.ts";
import { openStore } from "../store/store.ts";
import { increments } from "./engine/increments.ts";

const REPEATS = 3;
const folder = await mkdtemp(join(tmpdir(), "crisol-bench-"));
const home = homeAt(join(folder, ".crisol"));
const services = await ensureServices(home, { config: Config.parse({}) });
try {
  const bare = await bareSdk();
  const crisol = await crisolEngine();
  console.log(
    `bare SDK        ${bare.perStep.toFixed(1)} ms a step (10 steps ${bare.ten.toFixed(0)} ms, 50 steps ${bare.fifty.toFixed(0)} ms)`,
  );
  console.log(
    `crisol          ${crisol.perStep.toFixed(1)} ms a step (10 steps ${crisol.ten.toFixed(0)} ms, 50 steps ${crisol.fifty.toFixed(0)} ms), committed durably`,
  );
  console.log(`crisol / bare   ${(crisol.perStep / bare.perStep).toFixed(2)}`);
  console.log(`200 cached      ${crisol.cached.toFixed(0)} ms in the workflow`);
} finally {
  await stopServices(home);
  await rm(folder, { recursive: true, force: true });
}

async function bareSdk() {
  const connection = await Connection.connect({ address: services.address });
  const native = await NativeConnection.connect({ address: services.address });
  const client = new Client({ connection, namespace: services.namespace });
  const worker = await Worker.create({
    connection: native,
    namespace: services.namespace,
    taskQueue: "bare",
    workflowsPath: new URL("./engine/bare-workflow.ts", import.meta.url).pathname,
    activities: { increment: async ({ n }: { n: number }) => ({ n: n + 1 }) },
  });
  const times = worker.runUntil(async () => {
    const measure = async (steps: number, repeat: number) => {
      const from = performance.now();
      await client.workflow.execute("bareSteps", { taskQueue: "bare", workflowId: `bare-${steps}-${repeat}`, args: [steps] });
      return performance.now() - from;
    };
    await measure(5, 99);
    return slope(measure);
  });
  const result = await times;
  await connection.close();
  await native.close();
  return result;
}

async function crisolEngine() {
  const store = await openStore(home.store);
  const client = await RunClient.connectTo({ address: services.address }, services.namespace);
  const execute = async (steps: number, start: number) => {
    const { graph, issues } = compile(increments(steps), { start });
    if (graph === undefined) throw new Error(JSON.stringify(issues));
    const { plan } = await makePlan(graph, { project: folder, store, cache: join(home.folder, "cache", "packages.json") });
    const run = await store.runs.create({ plan, projectFolder: folder });
    const from = performance.now();
    await client.start(runWorkflow(home.folder, { runId: run.runId, planDigest: run.planDigest, plan }));
    await client.result(run.runId);
    return performance.now() - from;
  };
  await execute(5, 1_000_000);
  const figures = await slope((steps, repeat) => execute(steps, steps * 1000 + repeat));
  await execute(200, 5);
  const cached = await execute(200, 5);
  await client.close();
  return { ...figures, cached };
}

async function slope(measure: (steps: number, repeat: number) => Promise<number>) {
  const median = async (steps: number) => {
    const times: number[] = [];
    for (let repeat = 0; repeat < REPEATS; repeat += 1) times.push(await measure(steps, repeat));
    return times.sort((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? Number.NaN;
  };
  const ten = await median(10);
  const fifty = await median(50);
  return { ten, fifty, perStep: (fifty - ten) / 40 };
}
