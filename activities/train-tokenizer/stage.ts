import { z } from "zod";
import { defineStage, output, port } from "../../dsl/index.ts";

/**
 * Learn a byte-level BPE tokenizer from training documents.
 *
 * Any text can be encoded, for every byte is a token; `<|endoftext|>`, id 0, ends documents and stands in no text.
 * Beyond 256 characters without a change between white space and others, a text is cut for learning: long rules of dashes teach nothing.
 */
export const trainTokenizer = defineStage(import.meta, {
  name: "trainTokenizer",
  summary: "learn a byte-level BPE tokenizer from training documents",
  inputs: { documents: port("documents", "sealed", "training") },
  outputs: { tokenizer: output("tokenizer", { identity: true }) },
  params: z.strictObject({
    /** Tokens, the 256 bytes and `<|endoftext|>` included. */
    vocabulary: z.int().min(257).max(1_000_000).default(32_768),
    /**
     * How a text is split before merging. `llama3` keeps a word and the sign before it together, and digits in groups of at most three;
     * `gpt2` is learned about 20 times faster, from lines instead of whole documents, and may join any number of digits.
     */
    pattern: z.enum(["llama3", "gpt2"]).default("llama3"),
    /** A pair that is seen less often is not merged. */
    minFrequency: z.int().positive().default(2),
    /** Bytes of text to learn from; of a larger corpus, documents are taken by their ids. */
    sampleBytes: z.int().positive().default(1_073_741_824),
  }),
  resources: { memory: "1 GiB", timeout: "12 hours" },
  runtime: ["trainer/train_tokenizer"],
  run: "./run.ts",
});
