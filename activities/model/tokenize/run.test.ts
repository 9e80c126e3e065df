import { zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ArtifactRef } from "../../../schemas/artifact.ts";
import { bilingualDocuments, document, made } from "../../../test/fixtures/exported-model.ts";
import { StageHarness } from "../../../test/stage-harness.ts";
import { run as runTrainTokenizer } from "../train-tokenizer/run.ts";
import { trainTokenizer } from "../train-tokenizer/stage.ts";
import * as code from "./run.ts";
import { tokenize } from "./stage.ts";

let harness: StageHarness;
let tokenizer: ArtifactRef;
beforeAll(async () => {
  harness = await StageHarness.open();
  const documents = await harness.documents(bilingualDocuments(20), ["sealed", "training"]);
  tokenizer = made(
    await harness.run(trainTokenizer, runTrainTokenizer, { inputs: { documents }, params: { vocabulary: 400 } }),
    "tokenizer",
  );
}, 60_000);
afterAll(() => harness.close());

const facts = ["deduplicated", "sealed", "validation"];
const texts = ["¿Qué señor?", "", "x<|endoftext|>y", "😀".repeat(50), "\u0000\n\r\n", ...bilingualDocuments(20).map(({ text }) => text)];

test("each shard of documents becomes a shard of tokens with its own index and counts", async () => {
  const documents = await harness.documents(texts.map(document), facts, { least: 1500, spread: 1000, most: 3000, frame: 500 });
  const shards = (await harness.input(documents)).manifest.files.length;
  expect(shards).toBeGreaterThan(2);
  const { outputs, report, progress } = await harness.run(tokenize, code, { inputs: { documents, tokenizer } });
  const { manifest } = await harness.input(outputs.tokens);
  const names = Array.from({ length: shards }, (_, index) => `tokens/${String(index).padStart(5, "0")}`);
  expect(manifest.files.map(({ path }) => path)).toEqual(
    ["tokenizer.json", "tokenizer_config.json", ...names.flatMap((name) => [`${name}.bin`, `${name}.bytes`, `${name}.idx`])].sort(),
  );
  expect(manifest.facts).toEqual(facts);
  expect(manifest.meta).toEqual({ vocabulary: 400, endOfText: 0, dataType: "uint16", tokenizer: tokenizer.content });
  const sizes = Object.fromEntries(manifest.files.map(({ path, bytes }) => [path, bytes]));
  const bins = names.reduce((sum, name) => sum + (sizes[`${name}.bin`] ?? 0), 0);
  expect(manifest.counts).toEqual({
    tokens: bins / 2,
    documents: texts.length,
    textBytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
  });
  expect(report).toMatchObject({ in: texts.length, out: texts.length });
  expect(report.metrics).toMatchObject({ verifiedDocuments: texts.length, shardsByEncoder: { fastokens: shards, tokenizers: 0 } });
  const ends = progress.filter(({ done, total }) => done === total);
  expect(ends.map(({ unit }) => unit)).toEqual(names.map(() => "documents"));
  expect(ends.reduce((sum, { done }) => sum + done, 0)).toBe(texts.length);
});

test("a shard without documents gives no tokens", async () => {
  const [none, one] = [zstdCompressSync(""), zstdCompressSync(`${JSON.stringify(document("¿Qué?", 0))}\n`)];
  const contents = { "documents/00000.jsonl.zst": none, "documents/00001.jsonl.zst": one, "documents/00002.jsonl.zst": none };
  const documents = await harness.artifact("documents", contents, { facts });
  const { outputs, report } = await harness.run(tokenize, code, { inputs: { documents, tokenizer } });
  const { files } = (await harness.input(outputs.tokens)).manifest;
  expect(files.filter(({ path }) => path.endsWith(".bin")).map(({ path }) => path)).toEqual(["tokens/00000.bin"]);
  expect(report).toMatchObject({ in: 1, out: 1, metrics: { shardsByEncoder: { fastokens: 1, tokenizers: 0 } } });
});

test("a special token that a document quotes ends no document", async () => {
  const documents = await harness.documents([document("<|endoftext|><|endoftext|>", 0)], facts);
  const { outputs } = await harness.run(tokenize, code, { inputs: { documents, tokenizer } });
  const chunks: Uint8Array[] = [];
  for await (const chunk of (await harness.input(outputs.tokens)).bytes("tokens/00000.bin")) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const ids = Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readUInt16LE(index * 2));
  expect(ids.indexOf(0)).toBe(ids.length - 1);
});

test("having no documents is an error that says where to look", async () => {
  const documents = await harness.artifact("documents", { "note.txt": "nothing" }, { facts });
  await expect(harness.run(tokenize, code, { inputs: { documents, tokenizer } })).rejects.toMatchObject({ parts: { code: "BAD_DATA" } });
});
