import { defineStage, output, port } from "../../../dsl/index.ts";
import { ExportOnnxParams } from "../../../schemas/trainer/export-onnx.ts";

/**
 * Export a checkpoint that passed its gate, in the layout that transformers.js reads: one graph with KV cache, in fp32 and in int8.
 *
 * The stage checks ONNX Runtime against PyTorch, and int8 against fp32 on the held-out `tokens`; a model that differs is not exported.
 */
export const exportOnnx = defineStage(import.meta, {
  name: "exportOnnx",
  summary: "export the model for ONNX Runtime and transformers.js, and prove it is the same",
  inputs: { checkpoint: port("checkpoint", "gated"), tokens: port("tokens", "validation", { tokenizer: "checkpoint" }) },
  outputs: { model: output("model", { tokenizer: "checkpoint" }) },
  params: ExportOnnxParams,
  resources: { memory: "1 GiB", timeout: "6 hours" },
  runtime: ["trainer/export_onnx"],
  run: "./run.ts",
});
