import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compute, outputOf } from "../../test/fixtures/stage-artifacts.ts";
import { blobFile, flipBit, someDigest, temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { openStore, type Store } from "../store.ts";

const report = (store: Store, text: string) =>
  compute(store, { stage: "measure", inputs: [], kind: "report", write: async (output) => void (await output.write("report.json", text)) });

test("the first record of a key wins, for every process", async () => {
  const store = await temporaryStore();
  const first = await report(store, "1");
  const second = await report(await openStore(store.location), "2");
  expect(second).toEqual(first);
  expect(await store.records.get(first.key)).toEqual(first);
  expect(await Array.fromAsync(store.records.list())).toEqual([first]);
});

test("of processes that put at once, one wins, and all get its record", async () => {
  const store = await temporaryStore();
  const stores = await Promise.all(Array.from({ length: 8 }, () => openStore(store.location)));
  const winners = await Promise.all(stores.map((each, index) => report(each, String(index))));
  expect(new Set(winners.map((record) => JSON.stringify(record))).size).toBe(1);
});

test("a record whose artifact is damaged is replaced and set aside", async () => {
  const store = await temporaryStore();
  const first = await report(store, "1");
  const [file] = (await store.artifacts.manifest(outputOf(first).digest)).files;
  flipBit(blobFile(store, file?.sha256 ?? ""));
  expect(await store.records.isSound(first)).toBe(false);
  const second = await report(store, "2");
  expect(second.outputs).not.toEqual(first.outputs);
  expect(await store.records.get(first.key)).toEqual(second);
  expect(readdirSync(join(store.location.directory, "damaged")).some((name) => name.startsWith(`record-${first.key}`))).toBe(true);
});

test("a record with any bit flipped does not count", async () => {
  const store = await temporaryStore();
  const { key } = await report(store, "1");
  const path = join(store.location.directory, "records", key.slice(0, 2), `${key}.json`);
  for (const at of [0, 20, 100, 300, 500]) {
    flipBit(path, at);
    expect(await store.records.get(key)).toBeUndefined();
    expect(await Array.fromAsync(store.records.list())).toEqual([]);
    flipBit(path, at);
  }
  expect(await store.records.get(key)).toMatchObject({ key });
});

test("every record is listed once, by key; an unknown key has none", async () => {
  const store = await temporaryStore();
  for (const steps of [1, 2, 3]) {
    await compute(store, {
      stage: "train",
      inputs: [],
      kind: "report",
      params: { steps },
      write: async (output) => void (await output.write("a", String(steps))),
    });
  }
  await report(store, "x");
  const records = await Array.fromAsync(store.records.list());
  expect(records.map(({ ingredients }) => ingredients.stage).sort()).toEqual(["measure", "train", "train", "train"]);
  expect(records.map(({ key }) => key)).toEqual(records.map(({ key }) => key).sort());
  expect(await store.records.get(someDigest("9"))).toBeUndefined();
});
