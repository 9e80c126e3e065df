/** A journal costs its readers the same, however long its run has gone on. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { expect, onTestFinished, test, vi } from "vitest";
import type { JournalEvent, RunEvent } from "../../schemas/event.ts";
import type { NodeState } from "../../schemas/run-state.ts";
import { memoryStore, someDigest, temporaryStore } from "../../test/fixtures/temporary-store.ts";
import type { Store } from "../store.ts";
import { toCheckedLine } from "./checked-lines.ts";
import { journalStart } from "./journal-place.ts";
import { runFiles } from "./run-files.ts";

const at = "2026-11-24T12:00:00.000Z";
const node = { inputs: [], outputs: {}, params: {}, code: someDigest("c"), runtime: {} };
const resources = { cpus: 1, gpus: 0, memory: 1, timeout: 1, attempts: 1 };
const nodes = ["train", "evaluate"].map((name) => ({ ...node, name, stage: name, resources }));
const plan = { version: 1 as const, pipeline: "long", params: {}, sources: {}, nodes, outputs: {} };
const running: NodeState = { name: "train", stage: "train", status: "running", cached: false, attempts: 1 };

const progress = (done: number): JournalEvent => ({
  type: "progress",
  at: new Date(Date.parse(at) + done * 500).toISOString(),
  node: "train",
  progress: { done, total: 1_000_000, unit: "steps", metrics: { loss: done === 20_000 ? 99 : 3 } },
});
const log = (message: string): RunEvent => ({ type: "log", at, node: "train", level: "info", message });

/** A run whose training has begun. */
async function training(store: Store): Promise<string> {
  const { runId, pipeline, planDigest } = await store.runs.create({ plan, projectFolder: "/" });
  const state = {
    runId,
    pipeline,
    planDigest,
    status: "running" as const,
    nodes: [{ ...running, attempts: 0, status: "waiting" as const }],
    outputs: {},
  };
  await store.runs.append(runId, [
    { type: "state", at, state },
    { type: "attempt", at, node: "train", attempt: 1 },
  ]);
  return runId;
}

/** Bytes that an action reads. */
async function bytesRead(store: ReturnType<typeof memoryStore>, action: () => Promise<unknown>): Promise<number> {
  const before = store.objects.bytesRead;
  await action();
  return store.objects.bytesRead - before;
}

test("what a retry, `status` and `runs` read does not grow with the progress that was reported", async () => {
  const store = memoryStore();
  const runId = await training(store);
  const costs = async () => [
    await bytesRead(store, () => store.runs.state(runId)),
    await bytesRead(store, () => store.runs.view(runId)),
    await bytesRead(store, () => Array.fromAsync(store.runs.summaries())),
  ];
  await store.runs.append(runId, [progress(1)]);
  const [, short] = await costs();
  const state = (await costs())[0];
  for (let done = 2; done < 40_000; done += 100)
    await store.runs.append(
      runId,
      Array.from({ length: 100 }, (_, index) => progress(done + index)),
    );
  const after = await costs();
  expect(after[0]).toBe(state);
  expect(after[1]).toBeLessThan((short ?? 0) + 20);
  expect(Math.max(...after)).toBeLessThan(4_000);
  expect((await store.runs.view(runId)).progress.get("train")?.done).toBe(40_001);
});

test("a long log is read once: from then on there is a snapshot", async () => {
  const store = memoryStore();
  const runId = await training(store);
  for (let line = 0; line < 40; line += 1) await store.runs.append(runId, [log("x".repeat(50_000))]);
  await store.runs.append(runId, [{ type: "attempt", at, node: "train", attempt: 2 }]);
  const expected = { status: "running", nodes: [{ name: "train", status: "running", attempts: 2 }] };
  expect(await bytesRead(store, async () => expect(await store.runs.state(runId)).toMatchObject(expected))).toBeGreaterThan(2_000_000);
  expect(await bytesRead(store, async () => expect(await store.runs.state(runId)).toMatchObject(expected))).toBeLessThan(4_000);
  await store.runs.append(runId, [{ type: "attempt", at, node: "train", attempt: 3 }]);
  expect((await store.runs.state(runId)).nodes[0]?.attempts).toBe(3);
});

test("a snapshot that is damaged, or of a log that was longer, does not count", async () => {
  const store = memoryStore();
  const runId = await training(store);
  const { snapshot, log: events } = runFiles(runId);
  for (let line = 0; line < 10; line += 1) await store.runs.append(runId, [log("x".repeat(50_000))]);
  await store.runs.append(runId, [{ type: "attempt", at, node: "train", attempt: 2 }]);
  await store.runs.state(runId);
  const kept = (await store.objects.readText(snapshot)) ?? expect.unreachable();
  await store.objects.overwrite(snapshot, kept.replace('"attempts":2', '"attempts":7'));
  expect((await store.runs.state(runId)).nodes[0]?.attempts).toBe(2);
  await store.objects.overwrite(snapshot, kept);
  const lines = ((await store.objects.readText(events)) ?? "").split("\n");
  await store.objects.overwrite(events, `${lines.slice(0, 2).join("\n")}\n`);
  expect((await store.runs.state(runId)).nodes[0]?.attempts).toBe(1);
});

test("nothing of a run is read synchronously", async () => {
  const store = await temporaryStore();
  const runId = await training(store);
  for (let done = 1; done < 1000; done += 1) await store.runs.append(runId, [progress(done)]);
  const readers = ["readFileSync", "readSync", "openSync", "readdirSync"] as const;
  const spies = readers.map((name) => vi.spyOn(fs, name));
  syncBuiltinESMExports();
  onTestFinished(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });
  await store.runs.view(runId);
  await store.runs.append(runId, [{ type: "attempt", at, node: "train", attempt: 2 }, progress(1000)]);
  await Array.fromAsync(store.runs.metrics(runId, "train"));
  await Array.fromAsync(store.runs.summaries());
  expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);
  // the spies see what this module's dependencies call
  await store.records.get(someDigest("a"));
  await store.objects.publish("blobs/a", "a");
  await store.objects.readText("blobs/a");
  expect(spies.flatMap((spy) => spy.mock.calls)).not.toEqual([]);
});

test("the journal of an older version, with progress in its log, is read", async () => {
  const store = memoryStore();
  const runId = await training(store);
  await store.objects.appendLines(runFiles(runId).log, [progress(7), progress(8)].map(toCheckedLine).join(""));
  expect((await store.runs.view(runId)).progress.get("train")?.done).toBe(8);
  const events = await Array.fromAsync(store.runs.events(runId));
  expect(events.map(({ type }) => type)).toEqual(["state", "attempt", "progress", "progress"]);
});

test("a follower sees all progress of a node from its attempt on, in order, and before the event that ends it", async () => {
  const store = memoryStore();
  const runId = await training(store);
  const stop = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const event of store.runs.follow(runId, stop.signal)) {
      seen.push(event.type === "progress" ? `${event.progress.done}` : event.type);
      if (event.type === "node") stop.abort();
    }
  })();
  for (let done = 1; done <= 5; done += 1) await store.runs.append(runId, [progress(done)]);
  await expect.poll(() => seen.at(-1)).toBe("5");
  await store.runs.append(runId, [progress(6), { type: "node", at, node: { ...running, status: "done" } }]);
  await following;
  expect(seen).toEqual(["state", "attempt", "1", "2", "3", "4", "5", "6", "node"]);
});

test("a follower that first read what was there sees the progress of a node that had begun", async () => {
  const store = memoryStore();
  const runId = await training(store);
  const place = journalStart();
  expect((await Array.fromAsync(store.runs.events(runId, place))).map(({ type }) => type)).toEqual(["state", "attempt"]);
  await store.runs.append(runId, [progress(1)]);
  const stop = new AbortController();
  for await (const event of store.runs.follow(runId, stop.signal, place)) {
    expect(event).toMatchObject({ type: "progress", progress: { done: 1 } });
    stop.abort();
  }
  expect(stop.signal.aborted).toBe(true);
}, 5_000);

test("a follower from a view sees what came later, and no progress from before", async () => {
  const store = memoryStore();
  const runId = await training(store);
  await store.runs.append(runId, [progress(1), progress(2)]);
  const { place } = await store.runs.view(runId);
  await store.runs.append(runId, [progress(3), log("later")]);
  const stop = new AbortController();
  const seen: unknown[] = [];
  for await (const event of store.runs.follow(runId, stop.signal, place)) {
    seen.push(event.type === "progress" ? event.progress.done : event.type);
    if (event.type === "log") stop.abort();
  }
  expect(seen).toEqual([3, "log"]);
});

test("a new attempt has no progress before it reports some", async () => {
  const store = memoryStore();
  const runId = await training(store);
  await store.runs.append(runId, [progress(1)]);
  await store.runs.append(runId, [{ type: "attempt", at, node: "train", attempt: 2 }]);
  expect((await store.runs.view(runId)).progress.get("train")).toBeUndefined();
  await store.runs.append(runId, [progress(2)]);
  expect((await store.runs.view(runId)).progress.get("train")?.done).toBe(2);
});

test("names of nodes are names of objects, whatever characters they have", async () => {
  const store = memoryStore();
  const { runId } = await store.runs.create({ plan, projectFolder: "/" });
  for (const name of ["../../keys", "a/b", "año", ".."]) {
    await store.runs.append(runId, [{ type: "progress", at, node: name, progress: { done: 1, unit: "steps" } }]);
    expect(await Array.fromAsync(store.runs.metrics(runId, name))).toHaveLength(1);
  }
  const names = (await Array.fromAsync(store.objects.list("runs"))).flat();
  expect(names).toHaveLength(9);
  for (const name of names) expect(name).toMatch(new RegExp(`^runs/${runId}/(run.json|(progress|series)/[^/.]+)`));
});
