import { z } from "zod";
import { numerics } from "./numerics.ts";

/** The parameters of the stage `evaluate`. */
export const EvaluateParams = z.strictObject({
  /** Tokens between the windows in which a long document is scored: fewer give more context and take longer. @default 3/4 of the context */
  stride: z.exactOptional(z.int().min(1)),
  /** Windows per batch. @default 16 */
  batch: z.int().min(1).max(65_536).default(16),
  /** Draws of the bootstrap over documents. @default 1000 */
  resamples: z.int().min(100).max(100_000).default(1000),
  /** The bootstrap's seed. @default 1 */
  seed: z.int().min(0).default(1),
  ...numerics,
});

/** What the trainer's entry `evaluate` is started with: the stage's parameters, and what to measure. */
export const EvaluateConfig = EvaluateParams.safeExtend({
  checkpoint: z.string(),
  checkpointDigest: z.string(),
  tokens: z.string(),
  tokensDigest: z.string(),
  output: z.string(),
}).meta({
  title: "EvaluateConfig",
  description:
    "One evaluation. `checkpoint` and `tokens` are folders of artifacts, `checkpointDigest` and `tokensDigest` their content digests, " +
    "which the report repeats; `output` is created by the run.",
});
