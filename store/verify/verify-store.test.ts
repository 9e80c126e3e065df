import { chmodSync, mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { digestOfJson } from "../../schemas/digest.ts";
import { blobFile, flipBit, temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { gc } from "../gc/gc.ts";
import type { Store } from "../store.ts";
import { verifyStore } from "./verify-store.ts";

const plan = { version: 1 as const, pipeline: "small", params: {}, sources: {}, nodes: [], outputs: {} };
let store: Store;
/** The paths in the store of one object of each kind. */
let objects: Record<"blob" | "record" | "shard" | "head" | "run", string>;

beforeEach(async () => {
  store = await temporaryStore();
  const { sha256, bytes } = await store.blobs.put("some text");
  const ingredients = { stage: "clean", code: sha256, params: {}, inputs: [], runtime: {} };
  const key = digestOfJson(ingredients);
  const base = { version: 1 as const, key, ingredients, report: {}, seconds: 1 };
  await store.records.put({ ...base, node: "clean", pipeline: "small", inputs: [], outputs: {}, startedAt: new Date(0).toISOString() });
  const part = { kind: "documents" as const, facts: [], counts: {}, meta: {}, files: [{ path: "a", bytes, sha256 }] };
  await store.shardRecords.put({ ...base, outputs: { documents: part } });
  await store.heads.set("checkpoints/one", { step: 1 }, { attempt: 1 });
  const { runId, planDigest } = await store.runs.create({ plan, projectFolder: "/" });
  const state = { runId, pipeline: "small", planDigest, status: "completed" as const, nodes: [], outputs: {} };
  await store.runs.append(runId, [{ type: "state", at: new Date().toISOString(), state }]);
  objects = {
    blob: blobFile(store, sha256),
    record: join(store.location.directory, "records", key.slice(0, 2), `${key}.json`),
    shard: join(store.location.directory, "shards", key.slice(0, 2), `${key}.json`),
    head: join(store.location.directory, "heads", "checkpoints", "one.json"),
    run: join(store.location.directory, "runs", runId, "run.json"),
  };
});

function leave(...path: string[]): void {
  const file = join(store.location.directory, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "");
}

test("a sound store has no problems; what killed processes left is counted but is not a problem", async () => {
  leave("tmp", "4711-0123");
  leave("claims", "some-key");
  leave("heads", "checkpoints", ".one.json.lock");
  const report = await verifyStore(store);
  expect(report).toMatchObject({ objects: 6, problems: [], leftovers: { temporary: 1, locks: 2 } });
  await gc(store, { graceMs: 0 });
  expect((await verifyStore(store)).leftovers.temporary).toBe(0);
});

test.each(["blob", "record", "shard", "head", "run"] as const)("a flipped bit in a %s is found", async (kind) => {
  flipBit(objects[kind], 5);
  expect((await verifyStore(store)).problems.join()).toContain(objects[kind].slice(store.location.directory.length + 1));
});

test.each(["blob", "record", "shard", "head", "run"] as const)("half of a %s is found", async (kind) => {
  chmodSync(objects[kind], 0o644);
  truncateSync(objects[kind], 4);
  expect((await verifyStore(store)).problems.join()).toContain(objects[kind].slice(store.location.directory.length + 1));
});

test("what was found damaged before is reported, although it is set aside", async () => {
  leave("damaged", "record-1.json");
  expect((await verifyStore(store)).problems).toEqual(["damaged/record-1.json: was found damaged and set aside"]);
});
