import { z } from "zod";

/** The parameters of the stage `exportOnnx`. */
export const ExportOnnxParams = z.strictObject({
  /** The files to export: `fp32` is onnx/model.onnx, `int8` is onnx/model_quantized.onnx. */
  precision: z
    .array(z.enum(["fp32", "int8"]))
    .min(1)
    .default(["fp32", "int8"])
    .transform((precision) => [...new Set(precision)].sort()),
});

/** What the trainer's entry `export_onnx` is started with. */
export const ExportOnnxConfig = ExportOnnxParams.safeExtend({
  checkpoint: z.string(),
  tokens: z.string(),
  output: z.string(),
  /** Threads of the checks; no byte of the output depends on them. @default the machine's */
  threads: z.exactOptional(z.int().min(1)),
}).meta({
  title: "ExportOnnxConfig",
  description:
    "One export. `checkpoint` is a folder with config.json, model.safetensors and tokenizer.json, `tokens` one of a token artifact that " +
    "the model was not trained on; `output` is created by the run. `threads` are those of the checks, the machine's if not given.",
});
