import { z } from "zod";

const Shard = z.strictObject({ texts: z.string(), output: z.string() }).meta({
  title: "Shard",
  description:
    "A shard to encode. `texts` is a file with one JSON string a line, `output` the path of the files to write, without their extensions.",
});

/** What the trainer's entry `tokenize_documents` is started with. */
export const TokenizeDocumentsConfig = z
  .strictObject({
    /** tokenizer.json */
    tokenizer: z.string(),
    shards: z.array(Shard),
    /** Documents that were encoded before these shards, and in all: for progress. */
    documentsBefore: z.int().min(0),
    documentsTotal: z.int().min(0),
    /** Use `tokenizers` only: for tests and benchmarks. */
    reference: z.boolean().default(false),
  })
  .meta({
    title: "TokenizeDocumentsConfig",
    description:
      "Shards to encode with `tokenizer`, a tokenizer.json. `documentsBefore` were encoded before, of `documentsTotal`: for progress. " +
      "With `reference`, `tokenizers` alone is used: for tests and benchmarks.",
  });
