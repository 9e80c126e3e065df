import { z } from "zod";
import { Digest } from "./digest.ts";

/** What `evaluate` found: the file `report.json` of a report. */
export const EvaluationReport = z.object({
  /** Contents (not manifests) of the checkpoint that was measured, and of the tokens it was measured on. */
  checkpoint: Digest,
  evaluatedTokens: Digest,
  /** Nats a token. */
  loss: z.number().nonnegative(),
  /** Of a token: e to the loss. */
  perplexity: z.number().positive(),
  /** Bits of loss per byte of UTF-8 text. */
  bitsPerByte: z.number().nonnegative(),
  /** Where bits per byte would lie for other documents of the same kind: bootstrap over documents. */
  interval: z.tuple([z.number(), z.number()]),
  confidence: z.number().gt(0).lt(1),
  resamples: z.int().positive(),
  seed: z.int().nonnegative(),
  /** The same figures for a model that only knows how frequent tokens are. */
  unigramBitsPerByte: z.number().nonnegative(),
  unigramPerplexity: z.number().positive(),
  tokens: z.int().positive(),
  documents: z.int().positive(),
  textBytes: z.int().positive(),
  context: z.int().positive(),
  stride: z.int().positive(),
});
export type EvaluationReport = z.output<typeof EvaluationReport>;
