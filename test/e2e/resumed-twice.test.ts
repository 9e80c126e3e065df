/** Two commands that resume the same run, one that is killed while it does, and one that comes while the run is under way. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, Connection } from "@temporalio/client";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { openStore } from "../../store/store.ts";
import { makeProject, type Project } from "./project.ts";

const stagesFile = `
import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { defineStage, output, port, z } from "crisol";

export const shut = defineStage(import.meta, {
  name: "shut",
  inputs: {},
  outputs: { number: output("report") },
  params: z.strictObject({ door: z.string() }),
  async run(context, { door }) {
    if (existsSync(door)) throw new Error("the door is shut");
    await context.outputs.number.write("report.json", "{}");
    return { out: 1 };
  },
});

export const say = defineStage(import.meta, {
  name: "say",
  inputs: { before: port("report") },
  outputs: { said: output("report") },
  params: z.strictObject({ word: z.string(), go: z.string() }),
  async run(context, { word, go }) {
    while (!existsSync(go)) await setTimeout(50, undefined, { signal: context.signal });
    await context.outputs.said.write("report.json", JSON.stringify({ word }));
    return { in: 1, out: 1 };
  },
});
`;

const pipelineFile = `
import { definePipeline, z } from "crisol";
import { shut, say } from "../stages/telling.ts";

export default definePipeline({
  name: "telling",
  params: z.object({ door: z.string(), word: z.string().default("none") }),
  build({ door, word }) {
    const said = say(shut({ door }), { word, go: door + ".go" });
    return { said, again: say(said, { word, go: door + ".go", as: "again" }) };
  },
});
`;

let project: Project;
beforeAll(async () => {
  project = await makeProject({ "pipelines/telling.ts": pipelineFile, "stages/telling.ts": stagesFile });
});
afterAll(() => project.remove());

/** Start a run that is blocked before `say`, and open its door. */
async function blockedRun(name: string): Promise<string> {
  const door = join(project.folder, name);
  await writeFile(door, "");
  const { code, values } = await project.json("run", "telling", "--set", `door=${door}`);
  expect(code).toBe(1);
  await rm(door);
  return values.at(-1)?.runId as string;
}

/** Let a run's `say` continue. */
const go = (name: string) => writeFile(join(project.folder, `${name}.go`), "");

/** The word that a run's `say` wrote, and the word in the plan that is stored with the run. */
async function saidAndPlanned(runId: string): Promise<{ said: unknown; planned: unknown }> {
  const store = await openStore({ directory: join(project.home, "store") });
  const { outputs } = await store.runs.state(runId);
  const path = (await project.crisol("artifacts", "path", `${outputs.said?.digest}`, "--file", "report.json")).stdout.trim();
  const { word } = JSON.parse(await readFile(path, "utf8")) as { word: unknown };
  return { said: word, planned: (await store.runs.plan((await store.runs.get(runId)).planDigest)).params.word };
}

it.each([1, 2])("lets one of two resumes with other parameters continue, and refuses the other: none is ignored (%i)", async (n) => {
  const runId = await blockedRun(`two-${n}`);
  const words = ["left", "right"];
  const resumes = words.map((word) => project.crisol("resume", runId, "--set", `word=${word}`));
  await Promise.race([...resumes, sleep(20_000)]);
  await go(`two-${n}`);
  const ended = await Promise.all(resumes);
  expect(ended.map(({ code }) => code).toSorted()).toEqual([0, 2]);
  const won = words[ended.findIndex(({ code }) => code === 0)];
  expect(ended.find(({ code }) => code === 2)?.stderr).toContain("the run is still running");
  expect(await saidAndPlanned(runId)).toEqual({ said: won, planned: won });
});

it("continues with the plan that a resume stored with the run before it was killed, without having signalled the run", async () => {
  const runId = await blockedRun("killed");
  const store = await openStore({ directory: join(project.home, "store") });
  const plan = await store.runs.plan((await store.runs.get(runId)).planDigest);
  const nodes = plan.nodes.map((node) => (node.stage === "say" ? { ...node, params: { ...node.params, word: "kept" } } : node));
  await store.runs.amend(runId, { ...plan, params: { ...plan.params, word: "kept" }, nodes }, "resumed");
  await go("killed");
  expect((await project.json("resume", runId)).code).toBe(0);
  expect(await saidAndPlanned(runId)).toEqual({ said: "kept", planned: "kept" });
});

it("is not blocked by a resume that comes while it is under way, when its history has grown long", async () => {
  const door = join(project.folder, "under-way");
  const { values } = await project.json("run", "telling", "--set", `door=${door}`, "--detach");
  const sample = values.at(-1)?.runId as string;
  const { address } = JSON.parse(await readFile(join(project.home, "services.json"), "utf8")) as { address: string };
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  const client = new Client({ connection });
  const { taskQueue } = await client.workflow.getHandle(sample).describe();
  const store = await openStore({ directory: join(project.home, "store") });
  const plan = await store.runs.plan((await store.runs.get(sample)).planDigest);
  const salted = {
    ...plan,
    nodes: plan.nodes.map((node) => ({ ...node, params: { ...node.params, ...(node.stage === "say" ? { go: `${door}.other` } : {}) } })),
  };
  const { runId, planDigest } = await store.runs.create({ plan: salted, projectFolder: project.folder });
  const input = { runId, planDigest, plan: salted, queue: taskQueue.replace(/-cpu$/, ""), longestHistory: 10 };
  const handle = await client.workflow.start("runPlan", { workflowId: runId, taskQueue, args: [input] });
  const sayStatus = async () => (await store.runs.state(runId)).nodes.find(({ name }) => name === "say")?.status;
  await expect.poll(sayStatus, { timeout: 30_000 }).toBe("running");
  // longer than a batch takes: "again" is left for the next history
  await sleep(3_000);
  await handle.signal("resume", {});
  await writeFile(`${door}.other`, "");
  await expect.poll(async () => (await store.runs.state(runId)).status, { timeout: 30_000 }).toBe("completed");
  const first = await client.workflow.getHandle(runId, handle.firstExecutionRunId).fetchHistory();
  expect(first.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
});
