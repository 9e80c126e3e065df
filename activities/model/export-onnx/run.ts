import { join } from "node:path";
import { z } from "zod";
import type { Run } from "../../../dsl/index.ts";
import type { exportOnnx } from "./stage.ts";

/** Files that transformers.js reads beside the graphs, as the checkpoint has them. */
const KEPT = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"];

const Exported = z.object({
  context: z.int(),
  vocabulary: z.int(),
  fp32Bytes: z.int(),
  /** Largest absolute difference of logits between ONNX Runtime and PyTorch, by case. */
  logitDifference: z.record(z.string(), z.number()),
  /** Tokens that both generated alike, always choosing the likeliest. */
  greedyTokens: z.int(),
  int8Bytes: z.exactOptional(z.int()),
  int8SizeRatio: z.exactOptional(z.number()),
  quantizedOperators: z.exactOptional(z.record(z.string(), z.int())),
  heldOutTokens: z.exactOptional(z.int()),
  bitsPerByteFp32: z.exactOptional(z.number()),
  bitsPerByteInt8: z.exactOptional(z.number()),
  bitsPerByteIncrease: z.exactOptional(z.number()),
});

export const run: Run<typeof exportOnnx> = async (context, { precision }) => {
  const { checkpoint, tokens } = context.inputs;
  const { model } = context.outputs;
  const output = join(context.scratch, "onnx");
  const exported = Exported.parse(
    await context.trainer("export_onnx", { checkpoint: await checkpoint.folder(), tokens: await tokens.folder(), output, precision }),
  );

  for (const path of KEPT) model.reuse(checkpoint, path);
  const files = { fp32: "model.onnx", int8: "model_quantized.onnx" };
  for (const name of precision) await model.addFile(`onnx/${files[name]}`, join(output, files[name]));
  // measurements stay in the report: their last digits differ between processors, and the model's digest must not
  model.meta("context", exported.context);
  model.meta("vocabulary", exported.vocabulary);
  model.meta("precision", precision);
  return { metrics: exported };
};
