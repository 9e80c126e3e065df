import { z } from "zod";
import { defineStage, output, port } from "../../../dsl/index.ts";

/**
 * Measure a model on held-out text: perplexity, bits per byte with its interval, and the same for token frequencies alone.
 *
 * Every token is predicted once, within its document, the first one from an end of text before it.
 */
export const evaluate = defineStage(import.meta, {
  name: "evaluate",
  summary: "measure a model on held-out text",
  inputs: { checkpoint: port("checkpoint"), tokens: port("tokens", "validation", { tokenizer: "checkpoint" }) },
  outputs: { report: output("report") },
  params: z.strictObject({
    /** Tokens between the windows in which a long document is scored: fewer give more context and take longer. @default 3/4 of the context */
    stride: z.exactOptional(z.int().min(1)),
    /** Windows per batch. @default 16 */
    batch: z.int().min(1).max(65_536).default(16),
    /** Draws of the bootstrap over documents. @default 1000 */
    resamples: z.int().min(100).max(100_000).default(1000),
    /** The bootstrap's seed. @default 1 */
    seed: z.int().min(0).default(1),
    /** The precision of matrix products; `auto`: bf16 on a GPU, fp32 on a CPU. @default "auto" */
    precision: z.enum(["auto", "fp32", "bf16"]).default("auto"),
    /** `auto`: a CUDA device if there is one. @default "auto" */
    device: z.enum(["auto", "cpu", "cuda"]).default("auto"),
    /** CPU threads. Their number affects the result, so it is never the machine's. @default 2 */
    threads: z.int().min(1).max(1024).default(2),
  }),
  resources: { memory: "1 GiB", timeout: "48 hours" },
  runtime: ["trainer/evaluate"],
  run: "./run.ts",
});
