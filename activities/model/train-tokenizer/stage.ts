import { z } from "zod";
import { defineStage, output, port } from "../../../dsl/index.ts";

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
  params: z.strictObject({
    /** Number of tokens, including the 256 bytes and `<|endoftext|>`. */
    vocabulary: z.int().min(257).max(1_000_000).default(32_768),
    /**
     * How a text is split before merging. `llama3` keeps a word with the character before it, and digits in groups of at most three;
     * `gpt2` is learned about 20 times faster, from lines instead of whole documents, and may join any number of digits.
     */
    pattern: z.enum(["llama3", "gpt2"]).default("llama3"),
    /** A pair that occurs less often is not merged. */
    minFrequency: z.int().positive().default(2),
    /** Bytes of text to learn from; from a larger corpus, documents are sampled by their ids. */
    sampleBytes: z.int().positive().default(1_073_741_824),
  }),
  resources: { memory: "1 GiB", timeout: "12 hours" },
  runtime: ["trainer/train_tokenizer"],
  run: "./run.ts",
});
