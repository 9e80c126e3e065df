import { z } from "zod";
import { ArtifactRef, FileEntry } from "./artifact.ts";
import { Digest } from "./digest.ts";
import { Json, JsonObject } from "./json.ts";
import { KindDeclaration, KindName } from "./kinds.ts";

/** A stage's report on its work: what went in and out, what it dropped and why, with examples. */
export const StageReport = z.object({
  /** Records read. */
  in: z.int().nonnegative().optional(),
  /** Records written. */
  out: z.int().nonnegative().optional(),
  /** Reason to number of records dropped for it. */
  dropped: z.record(z.string(), z.int().nonnegative()).optional(),
  /** A few of the dropped records by reason: where each was, and what it contained. */
  examples: z.record(z.string(), z.array(z.object({ where: z.string(), what: z.string() }))).optional(),
  /** The result in a few words, where counts say little: "validation loss 5.36". */
  headline: z.string().max(200).optional(),
  /** Figures: loss, perplexity, sizes. */
  metrics: z.record(z.string(), Json).optional(),
  warnings: z.array(z.string()).optional(),
});
export type StageReport = z.output<typeof StageReport>;

/** What a key is computed from, kept with the record so that `plan` can say what differs. */
export const Ingredients = z.object({
  stage: z.string(),
  /** What the code means, see `CodePackage`; absent in older records, in whose keys the code package itself is an ingredient. */
  work: Digest.exactOptional(),
  code: Digest.exactOptional(),
  params: JsonObject,
  /**
   * Content digests, in port order, those of a list in its order. A single shard is marked as such, because an artifact of one shard may have the same content;
   * so is one of a list, because code sees a list, even of one.
   */
  inputs: z.array(
    z.object({ port: z.string(), content: Digest, part: z.literal("shard").exactOptional(), many: z.literal(true).exactOptional() }),
  ),
  runtime: z.record(z.string(), z.string()),
});
export type Ingredients = z.output<typeof Ingredients>;

/** Proof that a computation was done: it makes work skippable and provable. */
export const StageRecord = z.object({
  version: z.literal(1),
  key: Digest,
  /** The node and pipeline that first computed it: for people, not part of the key. */
  node: z.string(),
  pipeline: z.string(),
  ingredients: Ingredients,
  /** The code package that ran, which names the bundle; absent if it is an ingredient. */
  code: Digest.exactOptional(),
  /** The artifacts it read, in port order. */
  inputs: z.array(ArtifactRef),
  outputs: z.record(z.string(), ArtifactRef),
  report: StageReport,
  startedAt: z.iso.datetime(),
  seconds: z.number().nonnegative(),
  /** The run that computed it: for that run itself, the record is not a cache hit. */
  run: z.string().exactOptional(),
  /** For a mapped stage: the blob that lists the keys of its shards' records, in order. */
  shards: Digest.exactOptional(),
});
export type StageRecord = z.output<typeof StageRecord>;

/** What a mapped stage produced from one shard for an output: a part of the artifact that exists once all parts are joined. */
export const ShardPart = z.object({
  kind: KindName,
  declaration: KindDeclaration.exactOptional(),
  facts: z.array(z.string()),
  counts: z.record(z.string(), z.number()),
  meta: JsonObject,
  files: z.array(FileEntry),
});
export type ShardPart = z.output<typeof ShardPart>;

/** The record of a shard. Its ingredients are its stage's, with the shard's content, marked as a part, in place of the whole input's. */
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

/** The code package that ran a recorded computation. */
export function codeOf({ code, ingredients }: { readonly code?: Digest; readonly ingredients: Ingredients }): Digest | undefined {
  return code ?? ingredients.code;
}
