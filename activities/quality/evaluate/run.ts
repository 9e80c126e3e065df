import { join } from "node:path";
import type { Run } from "../../../dsl/index.ts";
import { EvaluationReport } from "../../../schemas/report.ts";
import { sameTokenizer } from "../../model/tokens-meta.ts";
import type { evaluate } from "./stage.ts";

/** The warning for a model that has learned nothing about the order of tokens. */
const NO_BETTER = "the model is no better than token frequencies alone: train it for more steps, or look at its loss (`crisol logs`)";

export const run: Run<typeof evaluate> = async (context, params) => {
  const { checkpoint, tokens } = context.inputs;
  const { report } = context.outputs;
  sameTokenizer(context.node, {
    "the checkpoint's tokens": checkpoint.manifest.meta.tokenizer,
    "these tokens": tokens.manifest.meta.tokenizer,
  });

  const output = join(context.scratch, "evaluated");
  const found = EvaluationReport.parse(
    await context.trainer("evaluate", {
      ...params,
      checkpoint: await checkpoint.folder(),
      checkpointDigest: checkpoint.ref.content,
      tokens: await tokens.folder(),
      tokensDigest: tokens.ref.content,
      output,
    }),
  );

  for (const path of ["report.json", "documents.jsonl"]) await report.addFile(path, join(output, path));
  report.count("documents", found.documents);
  report.count("tokens", found.tokens);
  const { loss, perplexity, bitsPerByte, interval, unigramBitsPerByte, unigramPerplexity } = found;
  return {
    in: found.documents,
    headline: `${bitsPerByte.toFixed(3)} bits per byte, unigram baseline ${unigramBitsPerByte.toFixed(3)}`,
    metrics: { loss, perplexity, bitsPerByte, interval, unigramBitsPerByte, unigramPerplexity, tokens: found.tokens },
    warnings: bitsPerByte < unigramBitsPerByte ? [] : [NO_BETTER],
  };
};
