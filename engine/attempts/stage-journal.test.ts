import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { someDigest, temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { StageJournal } from "./stage-journal.ts";

test("lines that could not be written are lost, and keep no later turn from being reported", async () => {
  const store = await temporaryStore();
  const plan = { version: 1 as const, pipeline: "small", params: {}, sources: {}, nodes: [], outputs: {} };
  const { runId } = await store.runs.create({ plan, projectFolder: "/" });
  const journal = new StageJournal(store, runId, "one");
  const file = join(store.location.directory, "runs", runId, "events.jsonl");
  mkdirSync(file);
  journal.attempt(1);
  journal.log("info", "lost");
  await expect(journal.flush()).rejects.toThrow();
  rmdirSync(file);
  await journal.node({ name: "one", stage: "one", status: "done", cached: false, attempts: 1, key: someDigest("a"), outputs: {} });
  const events = await Array.fromAsync(store.runs.events(runId));
  expect(events.map(({ type }) => type)).toEqual(["node"]);
});

test("what was gathered stands before the turn that follows it", async () => {
  const store = await temporaryStore();
  const plan = { version: 1 as const, pipeline: "small", params: {}, sources: {}, nodes: [], outputs: {} };
  const { runId } = await store.runs.create({ plan, projectFolder: "/" });
  const journal = new StageJournal(store, runId, "one");
  journal.attempt(1);
  journal.progress({ done: 1, unit: "documents" });
  journal.progress({ done: 2, unit: "documents" });
  journal.log("info", "half way");
  await journal.node({ name: "one", stage: "one", status: "done", cached: false, attempts: 1, outputs: {} });
  const events = await Array.fromAsync(store.runs.events(runId));
  expect(events.map(({ type }) => type)).toEqual(["attempt", "log", "node"]);
  expect(await Array.fromAsync(store.runs.metrics(runId, "one"))).toMatchObject([{ progress: { done: 2 } }]);
});

test("an attempt that logs too much is cut short, and says so; its turns are reported all the same", async () => {
  const store = await temporaryStore();
  const plan = { version: 1 as const, pipeline: "small", params: {}, sources: {}, nodes: [], outputs: {} };
  const { runId } = await store.runs.create({ plan, projectFolder: "/" });
  const journal = new StageJournal(store, runId, "one");
  for (let line = 0; line < 1_000; line += 1) journal.log("debug", "x".repeat(100_000));
  await journal.node({ name: "one", stage: "one", status: "done", cached: false, attempts: 1, outputs: {} });
  const events = await Array.fromAsync(store.runs.events(runId));
  expect(events.length).toBeLessThan(200);
  expect(events.slice(-2)).toMatchObject([{ type: "log", level: "warn", message: expect.stringContaining("left out") }, { type: "node" }]);
});
