import { z } from "zod";

/** The parameters of the stage `trainTokenizer`. */
export const TrainTokenizerParams = z.strictObject({
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
});

/** What the trainer's entry `train_tokenizer` is started with: the stage takes the sample itself. */
export const TrainTokenizerConfig = TrainTokenizerParams.omit({ sampleBytes: true })
  .safeExtend({
    texts: z.string(),
    documents: z.int().min(0),
    output: z.string(),
    /** Use `tokenizers` only: for tests and benchmarks. */
    reference: z.boolean().default(false),
  })
  .meta({
    title: "TrainTokenizerConfig",
    description:
      "One tokenizer to learn. `texts` is a file with one JSON string a line, of as many `documents`; `output` is created by the run. " +
      "With `reference`, `tokenizers` alone is used: for tests and benchmarks.",
  });
