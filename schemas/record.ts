import { z } from "zod";
import { ArtifactKind, ArtifactRef, FileEntry } from "./artifact.ts";
import { Digest } from "./digest.ts";
import { Json, JsonObject } from "./json.ts";

/** What a stage says of its work: what went in and out, what it dropped and why, with examples. */
export const StageReport = z.object({
  /** Records read. */
  in: z.int().nonnegative().optional(),
  /** Records written. */
  out: z.int().nonnegative().optional(),
  /** Reason to number of records dropped for it. */
  dropped: z.record(z.string(), z.int().nonnegative()).optional(),
  /** A few of the dropped, by reason: where each stands, and what was seen. */
  examples: z.record(z.string(), z.array(z.object({ where: z.string(), what: z.string() }))).optional(),
  /** What came out, in a few words, where counts say little: "validation loss 5.36". */
  headline: z.string().max(200).optional(),
  /** Figures: loss, perplexity, sizes. */
  metrics: z.record(z.string(), Json).optional(),
  warnings: z.array(z.string()).optional(),
});
export type StageReport = z.output<typeof StageReport>;

/** What decides a key, kept with the record so that `plan` can say what differs. */
export const Ingredients = z.object({
  stage: z.string(),
  /** What the code means, see `CodePackage`; absent in records of before, of which the code package itself entered the key. */
  work: Digest.exactOptional(),
  code: Digest.exactOptional(),
  params: JsonObject,
  /** Content digests, in port order; of one shard of an input it is said, for an artifact of one shard may have the same content as that. */
  inputs: z.array(z.object({ port: z.string(), content: Digest, part: z.literal("shard").exactOptional() })),
  runtime: z.record(z.string(), z.string()),
});
export type Ingredients = z.output<typeof Ingredients>;

/** That a computation was done: what makes work skippable and provable. */
export const StageRecord = z.object({
  version: z.literal(1),
  key: Digest,
  /** The node and pipeline that first made it: for people, no part of the key. */
  node: z.string(),
  pipeline: z.string(),
  ingredients: Ingredients,
  /** The code package that ran, which names the bundle; absent where it is an ingredient. */
  code: Digest.exactOptional(),
  /** The artifacts it read, in port order. */
  inputs: z.array(ArtifactRef),
  outputs: z.record(z.string(), ArtifactRef),
  report: StageReport,
  startedAt: z.iso.datetime(),
  seconds: z.number().nonnegative(),
  /** The run that made it: what it finds made by itself is no hit. */
  run: z.string().exactOptional(),
  /** Of a mapped stage: the blob that lists the keys of its shards' records, in order. */
  shards: Digest.exactOptional(),
});
export type StageRecord = z.output<typeof StageRecord>;

/** What a mapped stage made of one shard for an output: a part of an artifact that comes into being when all parts are joined. */
export const ShardPart = z.object({
  kind: ArtifactKind,
  facts: z.array(z.string()),
  counts: z.record(z.string(), z.number()),
  meta: JsonObject,
  files: z.array(FileEntry),
});
export type ShardPart = z.output<typeof ShardPart>;

/** That a shard was done. Its ingredients are those of its stage, with the shard's content in the place of the whole input's, and that it is a part. */
export const ShardRecord = z.object({
  version: z.literal(1),
  key: Digest,
  ingredients: Ingredients,
  code: Digest.exactOptional(),
  outputs: z.record(z.string(), ShardPart),
  report: StageReport,
  seconds: z.number().nonnegative(),
});
export type ShardRecord = z.output<typeof ShardRecord>;

/** The code package that did a computation on record. */
export function codeOf({ code, ingredients }: { readonly code?: Digest; readonly ingredients: Ingredients }): Digest | undefined {
  return code ?? ingredients.code;
}
