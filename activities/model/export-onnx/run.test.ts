import { afterAll, beforeAll, expect, test } from "vitest";
import { type ExportedModel, exportedModel, made } from "../../../test/fixtures/exported-model.ts";
import { StageHarness } from "../../../test/stage-harness.ts";
import { run } from "./run.ts";
import { exportOnnx } from "./stage.ts";

let harness: StageHarness;
let exported: ExportedModel;
beforeAll(async () => {
  harness = await StageHarness.open();
  exported = await exportedModel(harness);
}, 240_000);
afterAll(() => harness.close());

test("writes the layout of transformers.js, with the numbers of every check", async () => {
  const { manifest } = await harness.input(made(exported.model, "model"));
  expect(manifest.files.map(({ path }) => path)).toEqual([
    "config.json",
    "generation_config.json",
    "onnx/model.onnx",
    "onnx/model_quantized.onnx",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  expect(manifest.meta).toEqual({ context: 64, vocabulary: 480, precision: ["fp32", "int8"] });
  const { metrics = {} } = exported.model.report;
  expect(metrics.int8SizeRatio).toBeLessThanOrEqual(0.35);
  expect(metrics.bitsPerByteIncrease).toBeLessThanOrEqual(0.02);
  expect(metrics.quantizedOperators).toMatchObject({ MatMulInteger: 15 });
  expect(metrics.greedyTokens).toBeGreaterThan(0);
  for (const difference of Object.values(metrics.logitDifference ?? {})) expect(difference).toBeLessThan(1e-3);
  expect(exported.model.progress.at(-1)).toEqual({ done: 6, total: 6, unit: "steps" });
});

test("exports fp32 alone, with the same bytes as beside int8", { timeout: 120_000 }, async () => {
  const inputs = { checkpoint: made(exported.checkpoint, "checkpoint"), tokens: made(exported.tokens, "tokens") };
  const alone = await harness.run(exportOnnx, run, { inputs, params: { precision: ["fp32", "fp32"] } });
  const files = async (ref: Parameters<typeof harness.input>[0]) => (await harness.input(ref)).manifest.files;
  const both = await files(made(exported.model, "model"));
  expect(await files(made(alone, "model"))).toEqual(both.filter(({ path }) => path !== "onnx/model_quantized.onnx"));
  expect(alone.report.metrics).not.toHaveProperty("int8Bytes");
});
