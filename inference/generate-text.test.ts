import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportedModel, made } from "../test/fixtures/exported-model.ts";
import { StageHarness } from "../test/stage-harness.ts";
import { openDecoder } from "./decoder.ts";
import { type GenerateOptions, generateText, wholeCharacters } from "./generate-text.ts";
import { readModelFolder } from "./model-folder.ts";

let harness: StageHarness;
let model: string;
beforeAll(async () => {
  harness = await StageHarness.open();
  const { model: exported } = await exportedModel(harness);
  model = await (await harness.input(made(exported, "model"))).folder();
}, 240_000);
afterAll(() => harness.close());

async function write(options: GenerateOptions, folder = model): Promise<string[]> {
  const pieces: string[] = [];
  for await (const piece of generateText(folder, options)) pieces.push(piece);
  return pieces;
}

test("the same seed writes the same text, another seed writes another", async () => {
  const options = { prompt: "Fellow citizens", maxTokens: 30, seed: 1 };
  const first = (await write(options)).join("");
  expect(first).not.toBe("");
  expect((await write(options)).join("")).toBe(first);
  expect((await write({ ...options, seed: 2 })).join("")).not.toBe(first);
});

test("an untrained model writes random bytes, and no piece of its text ends within a character", async () => {
  const pieces = await write({ prompt: "¡Qué señor! 😀", maxTokens: 45, temperature: 3, seed: 5 });
  const whole: string[] = [];
  for (const piece of pieces) {
    expect(piece.isWellFormed()).toBe(true);
    expect(piece).not.toBe("");
    whole.push(piece);
  }
  expect(whole.join("").length).toBeGreaterThan(0);
});

test.each(["fp32", "int8"] as const)("%s gives the same logits for tokens read one by one and at once", async (precision) => {
  const folder = await readModelFolder(model, precision);
  const ids = [0, ...folder.codec.encode("En un lugar de la Mancha")];
  const [once, stepwise] = [await openDecoder(folder), await openDecoder(folder)];
  try {
    const expected = await once.read(ids);
    let logits = new Float32Array();
    for (const id of ids) logits = Float32Array.from(await stepwise.read([id]));
    expect(logits).toHaveLength(480);
    // int8 takes the scale of activations from all tokens of a call
    const tolerance = precision === "fp32" ? 1e-4 : 0.1;
    for (const [id, logit] of expected.entries()) expect(Math.abs(logit - (logits[id] ?? Number.NaN))).toBeLessThan(tolerance);
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(1);
  } finally {
    await once.close();
    await stepwise.close();
  }
});

test("it ends where the context is full", async () => {
  let tokens = 0;
  for await (const piece of generateText(model, { prompt: "", maxTokens: 1000, temperature: 0, repetitionPenalty: 5 }))
    tokens += piece.length > 0 ? 1 : 0;
  expect(tokens).toBeLessThan(64);
});

test("a reader that stops early ends the generation", async () => {
  for await (const piece of generateText(model, { maxTokens: 50 })) {
    expect(piece).not.toBe("");
    break;
  }
});

test("a prompt that fills the context is refused with the number of tokens it may have", async () => {
  await expect(write({ prompt: "ñ 1 ".repeat(100) })).rejects.toMatchObject({
    parts: { code: "COMMAND_INVALID", fix: expect.stringContaining("at most 62 tokens") },
  });
});

test.each([{ temperature: -1 }, { topP: 0 }, { topK: 1.5 }, { maxTokens: 0 }, { seed: -1 }, { repetitionPenalty: 0 }])(
  "%j is refused",
  async (options) => {
    await expect(write(options)).rejects.toMatchObject({
      parts: { code: "COMMAND_INVALID", what: expect.stringContaining(Object.keys(options)[0] ?? "") },
    });
  },
);

test("a missing model, a missing precision and damaged files are distinguished", async () => {
  await expect(write({}, join(model, "nowhere"))).rejects.toMatchObject({ parts: { code: "NOT_FOUND" } });
  const folder = await mkdtemp(join(tmpdir(), "crisol-damaged-"));
  try {
    await cp(model, folder, { recursive: true, dereference: true });
    await rm(join(folder, "onnx/model.onnx"));
    await expect(write({ precision: "fp32" }, folder)).rejects.toMatchObject({
      parts: { code: "NOT_FOUND", what: expect.stringContaining("model.onnx") },
    });
    const graph = await readFile(join(folder, "onnx/model_quantized.onnx"));
    await rm(join(folder, "onnx/model_quantized.onnx"));
    await writeFile(join(folder, "onnx/model_quantized.onnx"), graph.subarray(0, graph.length / 2));
    await expect(write({}, folder)).rejects.toMatchObject({
      parts: { code: "ARTIFACT_DAMAGED", where: expect.stringContaining("model_quantized.onnx") },
    });
    await rm(join(folder, "tokenizer.json"));
    await writeFile(join(folder, "tokenizer.json"), "{");
    await expect(write({}, folder)).rejects.toMatchObject({
      parts: { code: "ARTIFACT_DAMAGED", where: expect.stringContaining("tokenizer.json") },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("characters come whole, however their bytes are cut; an incomplete last one is left out", async () => {
  const text = "ñ😀á\u{feff}日本 fin";
  const bytes = Buffer.from(text);
  async function* cut(size: number, end = bytes.length) {
    for (let start = 0; start < end; start += size) yield bytes.subarray(start, Math.min(start + size, end));
  }
  for (const size of [1, 2, 3, 5, 100]) {
    const pieces: string[] = [];
    for await (const piece of wholeCharacters(cut(size))) pieces.push(piece);
    expect(pieces.join("")).toBe(text);
    expect(pieces.every((piece) => piece.isWellFormed() && !piece.includes("\ufffd"))).toBe(true);
  }
  const short: string[] = [];
  for await (const piece of wholeCharacters(cut(1, 5))) short.push(piece);
  expect(short).toEqual(["ñ"]);
});
