import { z } from "zod";
import { defineStage, output, port } from "../../../dsl/index.ts";

/**
 * Turn documents into token ids, shard by shard: `tokens/00000.bin` and `.idx` as Megatron reads them, and `.bytes` beside them.
 *
 * Ids are those of Hugging Face `tokenizers`. A special token that a document quotes is plain text.
 */
export const tokenize = defineStage(import.meta, {
  name: "tokenize",
  summary: "turn documents into token ids",
  inputs: { documents: port("documents", "sealed", "deduplicated"), tokenizer: port("tokenizer") },
  outputs: { tokens: output("tokens", { from: "documents", tokenizer: "tokenizer" }) },
  positional: ["documents", "tokenizer"],
  params: z.strictObject({}),
  map: "documents",
  resources: { memory: "1 GiB", timeout: "12 hours" },
  runtime: ["trainer/tokenize_documents"],
  run: "./run.ts",
  reduce: true,
});
