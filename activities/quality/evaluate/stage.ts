import { defineStage, output, port } from "../../../dsl/index.ts";
import { EvaluateParams } from "../../../schemas/trainer/evaluate.ts";

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
  params: EvaluateParams,
  resources: { memory: "1 GiB", timeout: "48 hours" },
  runtime: ["trainer/evaluate"],
  run: "./run.ts",
});
