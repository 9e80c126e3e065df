import { join } from "node:path";
import { z } from "zod";
import type { Run } from "../../../dsl/index.ts";
import { sameTokenizer, TokensMeta } from "../tokens-meta.ts";
import type { train } from "./stage.ts";
import { trainWithin } from "./train-within.ts";

const Trained = z.object({
  step: z.int(),
  steps: z.int(),
  /** Why it ended: all steps done, or no improvement for `patience` evaluations. */
  stoppedBy: z.enum(["steps", "patience"]),
  weights: z.enum(["last", "best"]),
  weightsStep: z.int(),
  loss: z.number(),
  validationLoss: z.number(),
  bestStep: z.int(),
  bestValidationLoss: z.number(),
  parameters: z.int(),
  context: z.int(),
  vocabulary: z.int(),
  /** Sequences in an epoch. */
  sequences: z.int(),
  tokens: z.int(),
  tokensSeen: z.int(),
  batch: z.int(),
  /** Sequences in memory at once, in the end. */
  microBatch: z.int(),
});
type Trained = z.output<typeof Trained>;

export const run: Run<typeof train> = async (context, params) => {
  const { tokens, validation } = context.inputs;
  const { checkpoint } = context.outputs;
  const meta = TokensMeta.parse(tokens.manifest.meta);
  sameTokenizer(context.node, { "the training tokens": meta.tokenizer, "the validation tokens": validation.manifest.meta.tokenizer });

  const output = join(context.scratch, "trained");
  const config = {
    ...params,
    tokens: await tokens.folder(),
    validation: await validation.folder(),
    output,
    checkpoints: join(context.scratch, "checkpoints"),
    vocabulary: meta.vocabulary,
    endOfText: meta.endOfText,
  };
  const trained = Trained.parse(await trainWithin(context, config));

  await checkpoint.addFolder(output);
  for (const path of ["tokenizer.json", "tokenizer_config.json"]) checkpoint.reuse(tokens, path);
  checkpoint.count("parameters", trained.parameters);
  checkpoint.meta("context", trained.context);
  checkpoint.meta("vocabulary", trained.vocabulary);
  checkpoint.meta("parameters", trained.parameters);
  checkpoint.meta("tokenizer", meta.tokenizer);
  const headline = `${trained.step} steps, validation loss ${trained.validationLoss.toFixed(3)}`;
  return { in: trained.tokens, headline, metrics: trained, warnings: warningsOf(trained, params.microBatch) };
};

function warningsOf(trained: Trained, asked = trained.batch): string[] {
  const { weights, validationLoss, bestValidationLoss, bestStep, step, tokensSeen, tokens, vocabulary, batch, microBatch } = trained;
  const warnings: string[] = [];
  if (microBatch < asked) {
    warnings.push(
      `memory was too small for micro-batches of ${asked}: they were halved to ${microBatch}, within the same batch of ${batch}; ` +
        "with more memory the weights would differ by rounding",
    );
  }
  if (weights === "last" && validationLoss > bestValidationLoss * 1.01) {
    warnings.push(
      `the validation loss was lower at step ${bestStep} (${bestValidationLoss.toFixed(3)}) than at step ${step} (${validationLoss.toFixed(3)}): ` +
        "`patience` would keep the better weights",
    );
  }
  const guessing = Math.log(vocabulary);
  if (validationLoss > guessing) {
    warnings.push(
      `a validation loss of ${validationLoss.toFixed(2)} is worse than guessing (${guessing.toFixed(2)}): ` +
        "train longer, or with a smaller `learningRate`",
    );
  }
  if (tokensSeen > 4 * tokens) {
    warnings.push(`the model saw each token ${(tokensSeen / tokens).toFixed(1)} times: beyond 4, more text helps more than more steps`);
  }
  return warnings;
}
