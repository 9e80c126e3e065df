import { expect, test } from "vitest";
import { temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { compareArtifacts } from "./compare-artifacts.ts";

/** What is reported of an artifact whose files (path and contents) were different before. */
async function compared(kind: string, before: Record<string, string>, now: Record<string, string>): Promise<string> {
  const { artifacts, blobs } = await temporaryStore();
  const commit = async (contents: Record<string, string>) => {
    const files = await Promise.all(Object.entries(contents).map(async ([path, text]) => ({ path, ...(await blobs.put(text)) })));
    return artifacts.commit({ kind, facts: [], counts: {}, meta: {}, files, producer: null, inputs: [] });
  };
  return compareArtifacts(await commit(before), await commit(now), artifacts);
}

test("shards are counted, by what they hold: not by their places, nor the files beside them", async () => {
  const before = { "documents/00000.jsonl.zst": "one", "documents/00001.jsonl.zst": "two", "seal/list.json": "one two" };
  const now = {
    "documents/00000.jsonl.zst": "zero",
    "documents/00001.jsonl.zst": "one",
    "documents/00002.jsonl.zst": "two",
    "seal/list.json": "zero one two",
  };
  expect(await compared("documents", before, now)).toBe("changed: 1 of 3 shards (documents/00000)");
  expect(await compared("documents", now, before)).toBe("changed: 1 gone (documents/00000)");
  expect(await compared("documents", before, { ...before, "seal/list.json": "two one" })).toMatch(/not its shards$/);
});

test("tokens of one number are one shard", async () => {
  const before = {
    "tokens/00000.bin": "1",
    "tokens/00000.ends": "1",
    "tokens/00001.bin": "2",
    "tokens/00001.ends": "2",
    "tokenizer.json": "t",
  };
  expect(await compared("tokens", before, { ...before, "tokens/00001.ends": "3" })).toBe("changed: 1 of 2 shards (tokens/00001)");
});

test("a file that was renamed is another file", async () => {
  expect(await compared("report", { "a.json": "a", "b.json": "b" }, { "a.json": "a", "c.json": "b" })).toBe(
    "changed: 1 of 2 files (c.json), 1 gone (b.json)",
  );
});
