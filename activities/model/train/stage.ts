import { defineStage, output, port } from "../../../dsl/index.ts";
import { TrainParams } from "../../../schemas/trainer/train.ts";

/**
 * Train a language model from its first weights.
 *
 * Interrupted at any moment, it continues from its last checkpoint and ends with the bytes of an uninterrupted run.
 */
export const train = defineStage(import.meta, {
  name: "train",
  summary: "train a language model",
  inputs: {
    tokens: port("tokens", "sealed", "deduplicated", "training"),
    validation: port("tokens", "validation", { tokenizer: "tokens" }),
  },
  outputs: { checkpoint: output("checkpoint", { tokenizer: "tokens" }) },
  params: TrainParams,
  resources: { memory: "1 GiB", timeout: "720 hours", attempts: 5 },
  runtime: ["trainer/train"],
  run: "./run.ts",
});
