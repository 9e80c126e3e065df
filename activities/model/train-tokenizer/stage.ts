import { defineStage, output, port } from "../../../dsl/index.ts";
import { TrainTokenizerParams } from "../../../schemas/trainer/train-tokenizer.ts";

/**
 * Learn a byte-level BPE tokenizer from training documents.
 *
 * Any text can be encoded, because every byte is a token; `<|endoftext|>`, id 0, ends documents and occurs in no text.
 * For learning, a text is cut after 256 characters without a change between white space and others: long rules of dashes teach nothing.
 */
export const trainTokenizer = defineStage(import.meta, {
  name: "trainTokenizer",
  summary: "learn a byte-level BPE tokenizer from training documents",
  inputs: { documents: port("documents", "sealed", "training") },
  outputs: { tokenizer: output("tokenizer", { identity: true }) },
  params: TrainTokenizerParams,
  resources: { memory: "1 GiB", timeout: "12 hours" },
  runtime: ["trainer/train_tokenizer"],
  run: "./run.ts",
});
