import { afterAll, beforeAll, expect, test } from "vitest";
import { bilingualDocuments, made } from "../../../test/fixtures/exported-model.ts";
import { StageHarness } from "../../../test/stage-harness.ts";
import { run, take } from "./run.ts";
import { trainTokenizer } from "./stage.ts";

let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
});
afterAll(() => harness.close());

const facts = ["sealed", "training"];

test("trains a tokenizer whose content depends on the documents, not on how they are cut into shards", async () => {
  const documents = bilingualDocuments(30);
  const one = await harness.documents(documents, facts);
  const many = await harness.documents([...documents].reverse(), facts, { least: 1500, spread: 1000, most: 3000, frame: 500 });
  expect((await harness.input(many)).manifest.files.length).toBeGreaterThan(1);
  const params = { vocabulary: 400 };
  const results = [];
  for (const input of [one, many]) results.push(await harness.run(trainTokenizer, run, { inputs: { documents: input }, params }));
  const [first, second] = results.map((result) => made(result, "tokenizer").content);
  expect(first).toBe(second);
  const { manifest } = await harness.input(results[0]?.outputs.tokenizer);
  expect(manifest.meta).toEqual({ vocabulary: 400, endOfText: 0 });
  expect(manifest.files.map(({ path }) => path)).toEqual(["tokenizer.json", "tokenizer_config.json"]);
  expect(results[0]?.report).toMatchObject({ in: 30, out: 400, metrics: { trainer: "tokenizers", sampledDocuments: 30 } });
});

test("learns the gpt2 pattern with gigabpe", async () => {
  const documents = await harness.documents(bilingualDocuments(10), facts);
  const { report } = await harness.run(trainTokenizer, run, { inputs: { documents }, params: { vocabulary: 300, pattern: "gpt2" } });
  expect(report.metrics).toMatchObject({ trainer: "gigabpe", vocabulary: 300 });
});

test("a vocabulary that the texts can't fill is smaller, with a warning", async () => {
  const documents = await harness.documents(bilingualDocuments(1), facts);
  const { report } = await harness.run(trainTokenizer, run, { inputs: { documents }, params: { vocabulary: 5000 } });
  expect(report.out).toBeLessThan(5000);
  expect(report.warnings?.[0]).toContain(`${report.out} tokens only`);
});

test("takes roughly the requested share of the documents, the same ones in any order", async () => {
  const documents = bilingualDocuments(2000);
  async function* stream(items: typeof documents) {
    yield* items;
  }
  const ids = async (items: typeof documents, share: number) => {
    const taken: string[] = [];
    for await (const { id } of take(stream(items), share)) taken.push(id);
    return taken.sort();
  };
  const some = await ids(documents, 0.25);
  expect(some.length).toBeGreaterThan(400);
  expect(some.length).toBeLessThan(600);
  expect(await ids([...documents].reverse(), 0.25)).toEqual(some);
  expect(await ids(documents, 1)).toHaveLength(2000);
  expect(await ids(documents, 3.5)).toHaveLength(2000);
});
