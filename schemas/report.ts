import { z } from "zod";
import { Digest } from "./digest.ts";

/** The result of `evaluate`: the file `report.json` of a report. */
export const EvaluationReport = z.object({
  /** Content digests (not manifests) of the checkpoint that was measured, and of the tokens it was measured on. */
  checkpoint: Digest,
  evaluatedTokens: Digest,
  /** Nats per token. */
  loss: z.number().nonnegative(),
  /** Per token: e to the loss. */
  perplexity: z.number().positive(),
  /** Bits of loss per byte of UTF-8 text. */
  bitsPerByte: z.number().nonnegative(),
  /** Confidence interval of bits per byte for other documents of the same kind: bootstrap over documents. */
  interval: z.tuple([z.number(), z.number()]),
  confidence: z.number().gt(0).lt(1),
  resamples: z.int().positive(),
  seed: z.int().nonnegative(),
  /** The same figures for a model that knows only the frequencies of tokens. */
  unigramBitsPerByte: z.number().nonnegative(),
  unigramPerplexity: z.number().positive(),
  tokens: z.int().positive(),
  documents: z.int().positive(),
  textBytes: z.int().positive(),
  context: z.int().positive(),
  stride: z.int().positive(),
});
export type EvaluationReport = z.output<typeof EvaluationReport>;
