import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Run, StageContext } from "../../dsl/index.ts";
import { CrisolError } from "../../schemas/error.ts";
import { spoolTexts } from "./spool-texts.ts";
import type { tokenize } from "./stage.ts";

/** UTF-8 bytes of text that one process of the trainer package is given: its start costs little beside them, and scratch stays small. */
const BATCH_BYTES = 512 * 1024 * 1024;

const Shard = z.object({
  documents: z.int(),
  tokens: z.int(),
  textBytes: z.int(),
  encoder: z.enum(["fastokens", "tokenizers"]),
  verified: z.int(),
});
const Tokenized = z.object({ vocabulary: z.int(), endOfText: z.int(), dataType: z.enum(["uint16", "int32"]), shards: z.array(Shard) });

export const run: Run<typeof tokenize> = async (context) => {
  const { documents, tokenizer } = context.inputs;
  const { tokens } = context.outputs;
  const total = { documents: 0, tokens: 0, textBytes: 0, verified: 0, fastokens: 0, tokenizers: 0 };

  for await (const batch of spooledShards(context)) {
    const { shards, ...meta } = Tokenized.parse(
      await context.trainer("tokenize_documents", {
        tokenizer: await tokenizer.file("tokenizer.json"),
        shards: batch.map(({ texts, output }) => ({ texts, output })),
        documentsBefore: total.documents,
        documentsTotal: documents.manifest.counts.documents ?? 0,
      }),
    );
    for (const shard of shards) {
      for (const name of ["documents", "tokens", "textBytes", "verified"] as const) total[name] += shard[name];
      total[shard.encoder] += 1;
    }
    for (const { name, texts, output } of batch) {
      for (const extension of ["bin", "idx", "bytes"]) {
        await tokens.addFile(`tokens/${name}.${extension}`, `${output}.${extension}`);
        await rm(`${output}.${extension}`);
      }
      await rm(texts);
    }
    for (const [name, value] of Object.entries(meta)) tokens.meta(name, value);
  }
  if (total.documents === 0) throw noDocuments(context.node);

  for (const path of ["tokenizer.json", "tokenizer_config.json"]) tokens.reuse(tokenizer, path);
  for (const name of ["tokens", "documents", "textBytes"] as const) tokens.count(name, total[name]);
  tokens.meta("tokenizer", tokenizer.ref.content);
  return {
    in: total.documents,
    out: total.documents,
    metrics: {
      tokens: total.tokens,
      bytesPerToken: total.textBytes / Math.max(1, total.tokens - total.documents),
      verifiedDocuments: total.verified,
      shardsByEncoder: { fastokens: total.fastokens, tokenizers: total.tokenizers },
    },
  };
};

interface SpooledShard {
  /** Of the files in the artifact, without extension. */
  readonly name: string;
  readonly texts: string;
  readonly output: string;
}

/** The document shards, their texts in files of their own, as many at once as one process is given. */
async function* spooledShards(context: StageContext<"documents" | "tokenizer", "tokens">): AsyncIterable<SpooledShard[]> {
  const { documents } = context.inputs;
  let batch: SpooledShard[] = [];
  let bytes = 0;
  for (const { path } of documents.manifest.files) {
    const name = /^documents\/(\d+)\.jsonl\.zst$/.exec(path)?.[1];
    if (name === undefined) continue;
    const output = join(context.scratch, name);
    const shard = { name, output, texts: `${output}.jsonl` };
    bytes += (await spoolTexts(documents.shard(path), shard.texts, context.signal)).textBytes;
    batch.push(shard);
    if (bytes >= BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

function noDocuments(node: string): CrisolError {
  return new CrisolError({
    code: "BAD_DATA",
    what: "there are no documents to tokenize",
    where: `stage ${node}`,
    why: "without tokens nothing can be trained or evaluated",
    fix: "look at the reports of the stages before it (`crisol status`): they tell what was dropped, and why",
  });
}
