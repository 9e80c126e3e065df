import { join } from "node:path";
import { z } from "zod";
import type { Run } from "../../../dsl/index.ts";
import type { Document } from "../../../schemas/document.ts";
import { spoolTexts } from "../tokenize/spool-texts.ts";
import type { trainTokenizer } from "./stage.ts";

const Trained = z.object({ vocabulary: z.int(), merges: z.int(), trainer: z.enum(["gigabpe", "tokenizers"]) });

export const run: Run<typeof trainTokenizer> = async (context, { vocabulary, pattern, minFrequency, sampleBytes }) => {
  const { documents } = context.inputs;
  const texts = join(context.scratch, "texts.jsonl");
  const share = sampleBytes / Math.max(1, documents.manifest.counts.textBytes ?? 0);
  const sample = await spoolTexts(take(documents.documents(), share), texts, context.signal);
  const output = join(context.scratch, "tokenizer");
  const trained = Trained.parse(
    await context.trainer("train_tokenizer", { texts, documents: sample.documents, output, vocabulary, pattern, minFrequency }),
  );

  const { tokenizer } = context.outputs;
  await tokenizer.addFile("tokenizer.json", join(output, "tokenizer.json"));
  await tokenizer.addFile("tokenizer_config.json", join(output, "tokenizer_config.json"));
  tokenizer.count("tokens", trained.vocabulary);
  tokenizer.meta("vocabulary", trained.vocabulary);
  tokenizer.meta("endOfText", 0);
  const short = trained.vocabulary < vocabulary;
  return {
    in: documents.manifest.counts.documents ?? sample.documents,
    out: trained.vocabulary,
    metrics: { ...trained, sampledDocuments: sample.documents, sampledBytes: sample.textBytes },
    ...(short
      ? { warnings: [`the texts have pairs for ${trained.vocabulary} tokens only, not ${vocabulary}: the vocabulary is smaller`] }
      : {}),
  };
};

/** Roughly a share of the documents, chosen by their ids: the same ones whatever shards they are in. */
export async function* take(documents: AsyncIterable<Document>, share: number): AsyncIterable<Document> {
  for await (const document of documents) {
    if (Number.parseInt(document.id.slice(0, 8), 16) < share * 2 ** 32) yield document;
  }
}
