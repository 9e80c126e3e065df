import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundleWithSourceMap } from "@temporalio/worker";
import { beforeAll, expect, it } from "vitest";

const folder = new URL("./histories/", import.meta.url);
const names = (await readdir(folder)).map((name) => name.replace(/\.json$/, "")).sort();

let workflowBundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("../../workflows/index.ts", import.meta.url)),
    logger: new DefaultLogger("ERROR"),
  });
});

interface History {
  events: { eventType: string; activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[];
}

async function historyOf(name: string): Promise<History> {
  return JSON.parse(await readFile(new URL(`${name}.json`, folder), "utf8")) as History;
}

it("has histories of every kind of run", () => {
  expect(names).toEqual(["blocked-resumed-amended", "blocked-retried", "cached", "canceled", "completed", "host-crashed-once"]);
});

it.each(names)("replays the run that was %s as it went", async (name) => {
  await Worker.runReplayHistory({ workflowBundle }, await historyOf(name));
});

it("schedules each stage once, also those that run side by side", async () => {
  const { events } = await historyOf("completed");
  const scheduled = events.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType.name ?? []);
  expect(scheduled.sort()).toEqual(["numbers", "square", "square", "sum"]);
});

it("notices a history that this workflow code could not have made", async () => {
  const history = await historyOf("completed");
  const scheduled = history.events.find((event) => event.activityTaskScheduledEventAttributes !== undefined);
  if (scheduled?.activityTaskScheduledEventAttributes === undefined) throw new Error("no activity in the history");
  scheduled.activityTaskScheduledEventAttributes.activityType.name = "another";
  await expect(Worker.runReplayHistory({ workflowBundle }, history)).rejects.toThrow(/[Nn]ondeterminism/);
});

it("holds no zod: the bundle is for plain data", () => {
  expect(workflowBundle.code).not.toContain("node_modules/zod");
});
