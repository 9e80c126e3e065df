import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunEvent } from "../../schemas/event.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { NodeState } from "../../schemas/run-state.ts";
import { blobFile, flipBit, someDigest, temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { gc } from "../gc/gc.ts";

const resources = { cpus: 1, gpus: 0, memory: 512, timeout: 60, attempts: 3 } as const;
const plan: Plan = {
  version: 1,
  pipeline: "quickstart",
  params: {},
  sources: {},
  nodes: ["one", "two"].map((name) => ({
    name,
    stage: name,
    inputs: [],
    outputs: {},
    params: {},
    code: someDigest("c"),
    runtime: {},
    resources,
  })),
  outputs: {},
};

const at = "2026-11-24T08:00:00.000Z";
const log = (message: string): RunEvent => ({ type: "log", at, node: "one", level: "info", message });
const done: NodeState = { name: "one", stage: "one", status: "done", cached: false, attempts: 1, seconds: 2 };

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

test("a run has a readable name, its plan, and a state before any event", async () => {
  const { runs } = await temporaryStore();
  const run = await runs.create({ plan, projectFolder: "/project" });
  expect(run.runId).toMatch(/^quickstart-\d{8}-\d{6}-[2-9a-z]{4}$/);
  expect(await runs.get(run.runId)).toEqual(run);
  expect(await runs.plan(run.planDigest)).toEqual(plan);
  const state = await runs.state(run.runId);
  expect(state).toMatchObject({ runId: run.runId, pipeline: "quickstart", status: "running" });
  expect(state.nodes.map(({ status }) => status)).toEqual(["waiting", "waiting"]);
  await expect(runs.create({ plan, projectFolder: "/", runId: run.runId })).rejects.toMatchObject({ parts: { code: "COMMAND_INVALID" } });
  await expect(runs.state("nothing")).rejects.toMatchObject({ parts: { code: "NOT_FOUND" } });
});

test.each(["../keys", "..", ".", "a/b", "", "/etc", "a\\b", "a\0"])(
  "no run is called %j, and nothing is read or written there",
  async (runId) => {
    const { runs } = await temporaryStore();
    expect(await runs.find(runId)).toBeUndefined();
    expect(await runs.findState(runId)).toBeUndefined();
    await expect(runs.append(runId, [log("a")])).rejects.toMatchObject({ parts: { code: "NOT_FOUND" } });
    await expect(runs.create({ plan, projectFolder: "/", runId })).rejects.toMatchObject({ parts: { code: "NOT_FOUND" } });
  },
);

test("events change the state: attempts, failures, nodes, progress, the whole", async () => {
  const { runs } = await temporaryStore();
  const { runId, planDigest } = await runs.create({ plan, projectFolder: "/" });
  const error = { code: "HOST_CRASHED", what: "a", where: "b", why: "c", fix: "d" };
  await runs.append(runId, [
    { type: "attempt", at, node: "one", attempt: 1 },
    { type: "attemptFailed", at, node: "one", attempt: 1, error, retry: true },
  ]);
  expect((await runs.state(runId)).nodes[0]).toMatchObject({ status: "running", attempts: 1, error });
  await runs.append(runId, [{ type: "attempt", at, node: "one", attempt: 2 }]);
  expect((await runs.state(runId)).nodes[0]).not.toHaveProperty("error");
  await runs.append(runId, [{ type: "progress", at, node: "one", progress: { done: 3, unit: "steps" } }]);
  expect((await runs.view(runId)).progress.get("one")).toEqual({ done: 3, unit: "steps" });
  await runs.append(runId, [{ type: "node", at, node: done }]);
  const view = await runs.view(runId);
  expect(view.state.nodes[0]).toEqual(done);
  expect(view.progress.get("one")).toBeUndefined();
  const state = { runId, pipeline: "quickstart", planDigest, status: "completed", nodes: [done], outputs: {} } as const;
  await runs.append(runId, [{ type: "state", at, state: { ...state, nodes: [...state.nodes] } }]);
  expect(await runs.state(runId)).toEqual(state);
});

test("a failure that is not retried shows before the run itself reports it; a note outlives the attempt after it", async () => {
  const { runs } = await temporaryStore();
  const { runId, planDigest } = await runs.create({ plan, projectFolder: "/" });
  const error = { code: "STAGE_FAILED", what: "a", where: "b", why: "c", fix: "d" };
  const noted: NodeState = { name: "one", stage: "one", status: "waiting", cached: false, attempts: 0, note: "made again" };
  const state = { runId, pipeline: "quickstart", planDigest, status: "running" as const, nodes: [noted], outputs: {} };
  await runs.append(runId, [
    { type: "state", at, state },
    { type: "attempt", at, node: "one", attempt: 1 },
    { type: "attemptFailed", at, node: "one", attempt: 1, error, retry: false },
  ]);
  expect((await runs.state(runId)).nodes[0]).toMatchObject({ status: "failed", error });
  await runs.append(runId, [{ type: "node", at, node: done }]);
  expect((await runs.state(runId)).nodes[0]).toEqual({ ...done, note: "made again" });
});

test("events of an attempt that nobody waits for, after the run is over, change nothing", async () => {
  const { runs } = await temporaryStore();
  const { runId, planDigest } = await runs.create({ plan, projectFolder: "/" });
  const state = { runId, pipeline: "quickstart", planDigest, status: "completed" as const, nodes: [done], outputs: {} };
  const error = { code: "STAGE_FAILED", what: "a", where: "b", why: "c", fix: "d" };
  await runs.append(runId, [
    { type: "state", at, state },
    { type: "attemptFailed", at, node: "one", attempt: 1, error, retry: false },
    { type: "progress", at, node: "one", progress: { done: 3, unit: "steps" } },
  ]);
  expect(await runs.view(runId)).toMatchObject({ state, progress: new Map() });
});

test("a clock that is set back does not change the order of events", async () => {
  const { runs } = await temporaryStore();
  const { runId, planDigest } = await runs.create({ plan, projectFolder: "/" });
  const earlier = "2001-01-01T00:00:00.000Z";
  const state = { runId, pipeline: "quickstart", planDigest, status: "blocked" as const, nodes: [done], outputs: {} };
  await runs.append(runId, [{ type: "state", at, state }]);
  await runs.append(runId, [{ type: "state", at: earlier, state: { ...state, status: "running" } }]);
  await runs.append(runId, [{ type: "attempt", at: earlier, node: "one", attempt: 2 }]);
  expect(await runs.state(runId)).toMatchObject({ status: "running", nodes: [{ status: "running", attempts: 2 }] });
});

test("a line torn by a crash is skipped, and what comes after it is read", async () => {
  const { runs, folder } = await temporaryStore();
  const { runId } = await runs.create({ plan, projectFolder: "/" });
  const path = join(folder, "runs", runId, "events.jsonl");
  await runs.append(runId, [log("a"), log("b")]);
  writeFileSync(path, readFileSync(path).subarray(0, -15));
  expect(await collect(runs.events(runId))).toEqual([log("a")]);
  await runs.append(runId, [log("c")]);
  expect(await collect(runs.events(runId))).toEqual([log("a"), log("c")]);
});

test("a line with a flipped bit is skipped", async () => {
  const { runs, folder } = await temporaryStore();
  const { runId } = await runs.create({ plan, projectFolder: "/" });
  await runs.append(runId, [log("a"), log("b")]);
  flipBit(join(folder, "runs", runId, "events.jsonl"), 80);
  expect(await collect(runs.events(runId))).toEqual([log("b")]);
});

test("a follower of a run sees past events, new ones, and a half-written line only once it is whole", async () => {
  const { runs, folder } = await temporaryStore();
  const { runId } = await runs.create({ plan, projectFolder: "/" });
  await runs.append(runId, [log("a"), log("b")]);
  const path = join(folder, "runs", runId, "events.jsonl");
  const lines = readFileSync(path);
  const stop = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const event of runs.follow(runId, stop.signal)) {
      if (event.type === "log") seen.push(event.message);
      if (seen.length === 2) appendFileSync(path, lines.subarray(0, 30));
      if (seen.length === 2) setTimeout(() => appendFileSync(path, lines.subarray(30)), 250);
      if (seen.length === 4) stop.abort();
    }
  })();
  await following;
  expect(seen).toEqual(["a", "b", "a", "b"]);
});

test("many writers at once lose no event", async () => {
  const { runs } = await temporaryStore();
  const { runId } = await runs.create({ plan, projectFolder: "/" });
  await Promise.all(Array.from({ length: 40 }, (_, index) => runs.append(runId, [log(`${index}`), log("x".repeat(index * 1000))])));
  expect(await collect(runs.events(runId))).toHaveLength(80);
});

test("an amended plan is the one in force, and earlier ones are kept", async () => {
  const { runs } = await temporaryStore();
  const run = await runs.create({ plan, projectFolder: "/" });
  const amended = await runs.amend(run.runId, { ...plan, params: { steps: 2 } }, "resumed with steps=2");
  expect(amended.planDigest).not.toBe(run.planDigest);
  expect((await runs.get(run.runId)).plans.map(({ why }) => why)).toEqual(["started", "resumed with steps=2"]);
  expect(await runs.plan(amended.planDigest)).toMatchObject({ params: { steps: 2 } });
  expect((await Array.fromAsync(runs.list())).map(({ runId }) => runId)).toEqual([run.runId]);
});

test("a run's state follows from its journal even if its plan is damaged", async () => {
  const store = await temporaryStore();
  const { runId, planDigest } = await store.runs.create({ plan, projectFolder: "/" });
  const state = { runId, pipeline: "quickstart", planDigest, status: "completed" as const, nodes: [done], outputs: {} };
  await store.runs.append(runId, [{ type: "state", at, state }]);
  flipBit(blobFile(store, planDigest), 5);
  expect(await store.runs.state(runId)).toEqual(state);
  await expect(store.runs.plan(planDigest)).rejects.toMatchObject({ parts: { code: "ARTIFACT_DAMAGED" } });
  await expect(gc(store)).rejects.toMatchObject({ parts: { code: "ARTIFACT_DAMAGED", where: expect.stringContaining(runId) } });
});
