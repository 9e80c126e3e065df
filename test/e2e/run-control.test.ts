/** Pausing, resuming, rerunning from a stage, sharing work between runs, and continuing in a new history. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { openStore } from "../../store/store.ts";
import { makeProject, type Project } from "./project.ts";

const stagesFile = `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { defineStage, output, port, z } from "crisol";

/** Counts to ten, a step each time, and saves each; waits at five until a file is there. */
export const count = defineStage(import.meta, {
  name: "count",
  inputs: {},
  outputs: { number: output("report") },
  params: z.strictObject({ log: z.string(), salt: z.string().default("") }),
  async run(context, { log }) {
    const saved = await context.checkpoints.load();
    let step = saved === undefined ? 0 : Number(readFileSync(join(saved.folder, "step"), "utf8"));
    appendFileSync(log, \`begin \${step}\\n\`);
    for (; step < 10; step += 1) {
      while (step === 5 && !existsSync(\`\${log}.go\`)) await setTimeout(50, undefined, { signal: context.signal });
      appendFileSync(log, \`step \${step}\\n\`);
      const folder = join(context.scratch, "state");
      (await import("node:fs")).mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "step"), String(step + 1));
      await context.checkpoints.save(folder, step + 1);
    }
    await context.outputs.number.write("report.json", JSON.stringify({ step }));
    return { out: 1 };
  },
});

export const quick = defineStage(import.meta, {
  name: "quick",
  inputs: {},
  outputs: { number: output("report") },
  params: z.strictObject({ log: z.string(), n: z.int() }),
  async run(context, { log, n }) {
    appendFileSync(log, \`quick \${n}\\n\`);
    await context.outputs.number.write("report.json", JSON.stringify({ n }));
    return { out: 1 };
  },
});

export const sum = defineStage(import.meta, {
  name: "sum",
  inputs: { a: port("report"), b: port("report") },
  outputs: { number: output("report") },
  params: z.strictObject({ log: z.string() }),
  async run(context, { log }) {
    appendFileSync(log, "sum\\n");
    await context.outputs.number.write("report.json", await context.inputs.a.text("report.json") + await context.inputs.b.text("report.json"));
    return { in: 2, out: 1 };
  },
});
`;

const pipelineFile = `
import { definePipeline, z } from "crisol";
import { count, quick, sum } from "../stages/counting.ts";

export default definePipeline({
  name: "counting",
  params: z.object({ log: z.string(), salt: z.string().default("") }),
  build({ log, salt }) {
    const slow = count({ log, salt });
    const fast = quick({ log, n: 1, as: "one" });
    return { number: sum({ a: slow, b: quick({ log, n: 2, as: "two" }), log }), other: fast, third: quick({ log, n: 3, as: "three" }) };
  },
});
`;

/** "both" needs what is made before "slow" in one batch, and what is made elsewhere. */
const behindFile = `
import { definePipeline, z } from "crisol";
import { count, quick, sum } from "../stages/counting.ts";

export default definePipeline({
  name: "behind",
  params: z.object({ log: z.string() }),
  build({ log }) {
    const before = quick({ log, n: 1, as: "before" });
    const slow = count({ log, salt: "behind", as: "slow" });
    const others = [2, 3].map((n) => quick({ log, n, as: "other-" + n }));
    return { slow, both: sum({ a: before, b: others[0], log, as: "both" }), third: others[1] };
  },
});
`;

let project: Project;
beforeAll(async () => {
  project = await makeProject({
    "pipelines/counting.ts": pipelineFile,
    "pipelines/behind.ts": behindFile,
    "stages/counting.ts": stagesFile,
  });
});
afterAll(() => project.remove());

/** A log of what stages did, and a way to start the pipeline that writes it. */
function logged(name: string) {
  const log = join(project.folder, `${name}.log`);
  return {
    lines: async () => (await readFile(log, "utf8").catch(() => "")).split("\n").filter((line) => line !== ""),
    go: () => writeFile(`${log}.go`, ""),
    hold: () => rm(`${log}.go`),
    clear: () => rm(log, { force: true }),
    args: ["counting", "--set", `log=${log}`],
  };
}

const last = (values: readonly Record<string, unknown>[]) =>
  values.at(-1) as { runId: string; status: string; outputs: Record<string, { digest: string }> };
const statusOf = async (runId: string) =>
  (await project.json("status", runId)).values[0] as {
    status: string;
    stages: { name: string; status: string; cached: boolean; attempts: number; waitsFor?: string }[];
  };

async function untilStep(lines: () => Promise<string[]>, step: string): Promise<void> {
  await expect.poll(lines, { timeout: 30_000 }).toContain(step);
}

/** A client of the project's server, closed when the test is done. */
async function temporalClient(): Promise<Client> {
  const { address } = JSON.parse(await readFile(join(project.home, "services.json"), "utf8")) as { address: string };
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  return new Client({ connection });
}

it("rests when it is paused, and continues from the saved state of the stage that was at work", async () => {
  const log = logged("paused");
  const { runId } = last((await project.json("run", ...log.args, "--detach")).values);
  await untilStep(log.lines, "step 4");
  const paused = await project.json("pause", runId);
  expect([paused.code, last(paused.values).status]).toEqual([0, "paused"]);
  expect((await statusOf(runId)).stages.find(({ name }) => name === "count")?.status).toBe("waiting");
  // a stage that stops when asked has not failed
  const { values: lines } = await project.json("logs", runId, "count");
  expect(lines.filter(({ level }) => level === "warn" || level === "error")).toEqual([]);
  expect(lines.at(-1)).toMatchObject({ level: "info", message: "attempt 1 stopped" });
  expect((await project.json("pause", runId)).code).toBe(2);
  await log.go();
  await sleep(500);
  expect((await log.lines()).filter((line) => line.startsWith("step"))).toHaveLength(5);

  const resumed = await project.json("resume", runId);
  expect([resumed.code, last(resumed.values).runId]).toEqual([0, runId]);
  expect((await log.lines()).filter((line) => /^(step|begin)/.test(line))).toEqual([
    ...["begin 0", "step 0", "step 1", "step 2", "step 3", "step 4"],
    ...["begin 5", "step 5", "step 6", "step 7", "step 8", "step 9"],
  ]);
  // only this stage started twice
  const { stages } = await statusOf(runId);
  expect(stages.map(({ name, attempts }) => [name, attempts])).toEqual(stages.map(({ name }) => [name, name === "count" ? 2 : 1]));
});

it("continues a run whose services were stopped, even if it ends as soon as they are back", async () => {
  const log = logged("stopped");
  const { runId } = last((await project.json("run", ...log.args, "--detach")).values);
  await untilStep(log.lines, "step 4");
  await project.crisol("down");
  await log.go();
  const resumed = await project.json("resume", runId);
  expect([resumed.code, last(resumed.values)]).toMatchObject([0, { runId, status: "completed" }]);
});

it("lets the stages at work end first, if asked to", async () => {
  const log = logged("after-stages");
  const { runId } = last((await project.json("run", ...log.args, "--detach")).values);
  await untilStep(log.lines, "step 4");
  const pausing = project.json("pause", runId, "--after-stages");
  const client = await temporalClient();
  const asked = async () => {
    const { events } = await client.workflow.getHandle(runId).fetchHistory();
    return events?.some((event) => event.workflowExecutionSignaledEventAttributes?.signalName === "pause");
  };
  await expect.poll(asked, { timeout: 30_000 }).toBe(true);
  await log.go();
  expect(last((await pausing).values).status).toBe("paused");
  const { stages } = await statusOf(runId);
  expect(stages.find(({ name }) => name === "count")?.status).toBe("done");
  expect(stages.find(({ name }) => name === "sum")?.status).toBe("waiting");
  expect(last((await project.json("resume", runId)).values).status).toBe("completed");
});

it("gives stages that wait behind a long one to other workers", async () => {
  const log = logged("released");
  const started = await project.json("run", ...log.args, "--detach");
  // with two slots, "one" travels behind "count", which waits
  for (const n of [1, 2, 3]) await untilStep(log.lines, `quick ${n}`);
  expect(await log.lines()).not.toContain("sum");
  await log.go();
  await expect.poll(async () => (await statusOf(last(started.values).runId)).status, { timeout: 30_000 }).toBe("completed");
});

it("runs what needs a stage that was done before a long one in its batch, without waiting for the long one", async () => {
  const log = logged("behind");
  const started = await project.json("run", "behind", ...log.args.slice(1), "--detach");
  await untilStep(log.lines, "sum");
  expect(await log.lines()).not.toContain("step 5");
  await log.go();
  await expect.poll(async () => (await statusOf(last(started.values).runId)).status, { timeout: 30_000 }).toBe("completed");
});

it("reruns a stage and all that depend on it, and nothing else", async () => {
  const log = logged("from");
  await log.go();
  const { runId, outputs } = last((await project.json("run", ...log.args)).values);
  await log.clear();
  const again = await project.json("resume", runId, "--from", "two");
  expect(last(again.values)).toMatchObject({ status: "completed", outputs: { number: outputs.number } });
  expect((await log.lines()).sort()).toEqual(["quick 2", "sum"]);
  const detached = await project.json("resume", runId, "--from", "sum", "--detach");
  expect([detached.code, last(detached.values)]).toEqual([0, { type: "run", runId: expect.any(String) }]);
  await expect.poll(async () => (await statusOf(last(detached.values).runId)).status, { timeout: 30_000 }).toBe("completed");
  const unknown = await project.crisol("resume", runId, "--from", "four");
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("count, one, two, sum, three")]);
});

it("computes once what two runs need at the same time", async () => {
  const log = logged("shared");
  const runs = await Promise.all([project.json("run", ...log.args, "--detach"), project.json("run", ...log.args, "--detach")]);
  await untilStep(log.lines, "step 4");
  const ids = runs.map(({ values }) => last(values).runId);
  const waitedFor = async () => {
    const all = await Promise.all(ids.map(statusOf));
    return all.flatMap(({ stages }) => stages.flatMap(({ waitsFor }) => waitsFor ?? []));
  };
  // the run that waits names the other one
  await expect.poll(waitedFor, { timeout: 30_000 }).toEqual([expect.stringMatching(new RegExp(`^run (${ids.join("|")})$`))]);
  await log.go();
  for (const id of ids) await expect.poll(async () => (await statusOf(id)).status, { timeout: 30_000 }).toBe("completed");
  expect(await waitedFor()).toEqual([]);
  const lines = await log.lines();
  expect(lines.filter((line) => line === "begin 0")).toHaveLength(1);
  expect(lines.toSorted()).toEqual([...new Set(lines)].toSorted());
  const stages = (await Promise.all(ids.map(statusOf))).flatMap((status) => status.stages);
  // each of the five was computed by one run and found by the other, in which it never started
  expect(stages.filter(({ cached }) => cached)).toHaveLength(5);
  expect(stages.filter(({ cached, attempts }) => attempts !== (cached ? 0 : 1))).toEqual([]);
});

it("continues in a new history when the old one has grown long, and runs nothing twice", async () => {
  const log = logged("continued");
  await log.go();
  const { runId } = last((await project.json("run", ...log.args, "--set", "salt=template", "--detach")).values);
  await expect.poll(async () => (await statusOf(runId)).status, { timeout: 30_000 }).toBe("completed");
  const store = await openStore({ directory: join(project.home, "store") });
  const plan = await store.runs.plan((await store.runs.get(runId)).planDigest);
  const salted = {
    ...plan,
    nodes: plan.nodes.map((node) => ({ ...node, params: { ...node.params, ...(node.stage === "count" ? { salt: "continued" } : {}) } })),
  };
  const run = await store.runs.create({ plan: salted, projectFolder: project.folder });

  // "count" takes longer than a batch, so "sum" is left for the next history
  await log.hold();
  const client = await temporalClient();
  const description = await client.workflow.getHandle(runId).describe();
  const handle = await client.workflow.start("runPlan", {
    workflowId: run.runId,
    taskQueue: description.taskQueue,
    args: [
      { runId: run.runId, planDigest: run.planDigest, plan: salted, queue: description.taskQueue.replace(/-cpu$/, ""), longestHistory: 10 },
    ],
  });
  await sleep(3_000);
  await log.go();
  expect(await handle.result()).toBe("completed");
  const first = await client.workflow.getHandle(run.runId, handle.firstExecutionRunId).fetchHistory();
  expect(first.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
  const { stages } = await statusOf(run.runId);
  expect(stages.map(({ status }) => status)).toEqual(["done", "done", "done", "done", "done"]);
  expect(stages.find(({ name }) => name === "count")?.cached).toBe(false);
});

it("is blocked, with the reason, when its plan can't be read, and continues when it is back", async () => {
  const log = logged("unplanned");
  await log.go();
  const { runId } = last((await project.json("run", ...log.args)).values);
  const store = await openStore({ directory: join(project.home, "store") });
  const plan = await store.runs.plan((await store.runs.get(runId)).planDigest);
  const run = await store.runs.create({ plan: { ...plan, params: { log: "another" } }, projectFolder: project.folder });
  await rm(join(project.home, "store", "blobs", run.planDigest.slice(0, 2), run.planDigest));

  const client = await temporalClient();
  const { taskQueue } = await client.workflow.getHandle(runId).describe();
  const input = { runId: run.runId, planDigest: run.planDigest, plan, queue: taskQueue.replace(/-cpu$/, "") };
  const handle = await client.workflow.start("runPlan", { workflowId: run.runId, taskQueue, args: [input] });
  const blocked = {
    status: "blocked",
    error: { code: "ARTIFACT_DAMAGED", what: expect.stringContaining("the plan of a run can't be read") },
  };
  await expect.poll(() => statusOf(run.runId), { timeout: 30_000 }).toMatchObject(blocked);
  await store.runs.create({ plan: { ...plan, params: { log: "another" } }, projectFolder: project.folder });
  await handle.signal("resume", {});
  expect(await handle.result()).toBe("completed");
  expect(await statusOf(run.runId)).not.toHaveProperty("error");
});

it("can be resumed and cancelled when its amended plan, which has one more stage, can't be read", async () => {
  const log = logged("unreadable");
  const { runId } = last((await project.json("run", ...log.args, "--detach")).values);
  await untilStep(log.lines, "step 4");
  expect((await project.json("pause", runId)).code).toBe(0);
  const store = await openStore({ directory: join(project.home, "store") });
  const plan = await store.runs.plan((await store.runs.get(runId)).planDigest);
  const [first] = plan.nodes;
  if (first === undefined) throw new Error("a plan without nodes");
  const more = { ...plan, nodes: [{ ...first, name: "one-more" }, ...plan.nodes] };
  await store.runs.amend(runId, more, "a test's");
  const { planDigest } = await store.runs.get(runId);
  await rm(join(project.home, "store", "blobs", planDigest.slice(0, 2), planDigest));
  const handle = (await temporalClient()).workflow.getHandle(runId);
  await handle.signal("resume", { plan: { plan: more, digest: planDigest } });
  await expect.poll(() => statusOf(runId), { timeout: 30_000 }).toMatchObject({ status: "blocked", error: { code: "ARTIFACT_DAMAGED" } });
  expect(await handle.query("progress")).toMatchObject({ status: "blocked", nodes: expect.arrayContaining(["waiting", "done"]) });
  expect((await project.crisol("cancel", runId)).code).toBe(0);
  expect((await statusOf(runId)).status).toBe("canceled");
});
