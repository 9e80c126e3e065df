import { expect, test } from "vitest";
import { ingredientsOf, keyOf } from "../../../planner/keys.ts";
import { digestOf } from "../../../schemas/digest.ts";
import type { PlanNode } from "../../../schemas/plan.ts";
import { temporaryStore } from "../../../test/fixtures/temporary-store.ts";
import { NodeShards } from "./node-shards.ts";

/** Shards of so many files of 1,000 bytes, as a node whose parameter says their size sees them. */
async function shardsOfFiles(counted = true) {
  const store = await temporaryStore();
  return async (texts: readonly string[], size: number) => {
    const files = texts.map((text, index) => ({ path: `data/${String(index).padStart(3, "0")}`, bytes: 1000, sha256: digestOf(text) }));
    const counts = counted ? { files: files.length } : {};
    const input = await store.artifacts.commit({ kind: "files", facts: [], counts, meta: {}, files, producer: null, inputs: [] });
    const map = { port: "from", reduce: false, bytes: "size" };
    const node: PlanNode = {
      name: "read",
      stage: "read",
      inputs: [{ port: "from", from: { source: "files" } }],
      outputs: { documents: { kind: "documents", adds: [] } },
      params: { size },
      code: digestOf("code"),
      runtime: {},
      resources: { cpus: 1, gpus: 0, memory: 128, timeout: 60, attempts: 1 },
      map,
    };
    const ingredients = ingredientsOf(node, [input]);
    return Object.assign(await NodeShards.of(store, { node, inputs: [input], ingredients }, map), { nodeKey: keyOf(ingredients) });
  };
}

const texts = Array.from({ length: 40 }, (_, index) => `text ${index}`);

test("the parameter that a stage names is the size of its shards, also when the same input was cut differently before", async () => {
  const shards = await shardsOfFiles();
  expect((await shards(texts, 1_000_000)).length).toBe(1);
  expect((await shards(texts, 1)).length).toBe(40);
  expect((await shards(texts, 1_000_000)).length).toBe(1);
});

test("a shard's key is that of its own files and of nothing around them", async () => {
  const shards = await shardsOfFiles();
  const before = (await shards(texts, 1)).keys();
  const after = (await shards(texts.with(17, "another text"), 1)).keys();
  expect(after.filter((key, index) => key !== before[index])).toEqual([after[17]]);
  expect(new Set(before).size).toBe(40);
});

test("the key of a shard that is all there is, in an artifact that counts nothing, is not its node's: it would wait for its own node's claim", async () => {
  const shards = await (await shardsOfFiles(false))(["one text"], 1_000_000);
  expect(shards.keys()).not.toContain(shards.nodeKey);
});

test("progress of a shard that is all there is has the input's total, and the time that is left", async () => {
  const shards = await (await shardsOfFiles())(texts, 1_000_000);
  expect(shards.measured({ done: 10, unit: "files", rate: 5 })).toEqual({ done: 10, total: 40, unit: "files", rate: 5, eta: 6 });
  expect(shards.measured({ done: 10, total: 20, unit: "files", eta: 1 })).toEqual({ done: 10, total: 20, unit: "files", eta: 1 });
  expect(shards.measured({ done: 10, unit: "pages" })).toEqual({ done: 10, unit: "pages" });
});
