import { join } from "node:path";
import { z } from "zod";
import type { Reduce, Run } from "../../../dsl/index.ts";
import { CrisolError } from "../../../schemas/error.ts";
import { spoolTexts } from "./spool-texts.ts";
import type { tokenize } from "./stage.ts";

const Encoder = z.enum(["fastokens", "tokenizers"]);
const Shard = z.object({ documents: z.int(), tokens: z.int(), textBytes: z.int(), encoder: Encoder, verified: z.int() });
const Tokenized = z.object({
  vocabulary: z.int(),
  endOfText: z.int(),
  dataType: z.enum(["uint16", "int32"]),
  shards: z.tuple([Shard]),
});

/** The trainer's result for a shard. */
const Metrics = z.object({ encoder: Encoder, verified: z.int() });

export const run: Run<typeof tokenize> = async (context) => {
  const { documents, tokenizer } = context.inputs;
  const { tokens } = context.outputs;
  const output = join(context.scratch, "00000");
  const texts = `${output}.jsonl`;
  const spooled = await spoolTexts(documents.documents(), texts, context.signal);
  if (spooled.documents === 0) return { in: 0, out: 0 };
  const {
    shards: [shard],
    ...meta
  } = Tokenized.parse(
    await context.trainer("tokenize_documents", {
      tokenizer: await tokenizer.file("tokenizer.json"),
      shards: [{ texts, output }],
      documentsBefore: 0,
      documentsTotal: spooled.documents,
    }),
  );
  for (const extension of ["bin", "idx", "bytes"]) await tokens.addFile(`tokens/00000.${extension}`, `${output}.${extension}`);
  for (const path of ["tokenizer.json", "tokenizer_config.json"]) tokens.reuse(tokenizer, path);
  for (const name of ["tokens", "documents", "textBytes"] as const) tokens.count(name, shard[name]);
  for (const [name, value] of Object.entries(meta)) tokens.meta(name, value);
  tokens.meta("tokenizer", tokenizer.ref.content);
  const { encoder, verified } = shard;
  return { in: shard.documents, out: shard.documents, metrics: { encoder, verified } };
};

export const reduce: Reduce<typeof tokenize> = async (context, parts) => {
  const counted = (name: string) => parts.reduce((sum, { outputs }) => sum + (outputs.tokens.manifest.counts[name] ?? 0), 0);
  const [documents, tokens, textBytes] = [counted("documents"), counted("tokens"), counted("textBytes")];
  if (documents === 0) throw noDocuments(context.node);
  const shards = parts.flatMap(({ report }) => (report.metrics === undefined ? [] : [Metrics.parse(report.metrics)]));
  const encodedBy = (name: z.output<typeof Encoder>) => shards.filter(({ encoder }) => encoder === name).length;
  return {
    in: documents,
    out: documents,
    metrics: {
      tokens,
      bytesPerToken: textBytes / Math.max(1, tokens - documents),
      verifiedDocuments: shards.reduce((sum, { verified }) => sum + verified, 0),
      shardsByEncoder: { fastokens: encodedBy("fastokens"), tokenizers: encodedBy("tokenizers") },
    },
  };
};

function noDocuments(node: string): CrisolError {
  return new CrisolError({
    code: "BAD_DATA",
    what: "there are no documents to tokenize",
    where: `stage ${node}`,
    why: "without tokens nothing can be trained or evaluated",
    fix: "look at the reports of the stages before it (`crisol status`): they show what was dropped, and why",
  });
}
