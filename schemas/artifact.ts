import { z } from "zod";
import { Digest } from "./digest.ts";
import { JsonObject } from "./json.ts";

/** What an artifact is. Short nouns: they are the text of type errors. */
export const ArtifactKind = z.enum(["files", "documents", "tokenizer", "tokens", "checkpoint", "model", "report"]);
export type ArtifactKind = z.output<typeof ArtifactKind>;

/** A relative path with forward slashes that cannot leave its folder. */
export const RelativePath = z
  .string()
  .min(1)
  .max(1024)
  .refine((path) => isRelativePath(path), "expected a relative path of plain names, without '..'");

function isRelativePath(path: string): boolean {
  return !path.includes("\\") && !path.includes("\0") && path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
}

/** One file of an artifact: where it lies in it, and which blob holds its bytes. */
export const FileEntry = z.object({ path: RelativePath, bytes: z.int().nonnegative(), sha256: Digest });
export type FileEntry = z.output<typeof FileEntry>;

/**
 * An artifact: an immutable list of content-addressed files, with what is known of them.
 *
 * Its canonical JSON is itself a blob, and the digest of that blob is the artifact's name.
 */
export const Manifest = z.object({
  version: z.literal(1),
  kind: ArtifactKind,
  /** What has been done to it ("sealed", "clean", ...), sorted. */
  facts: z.array(z.string()),
  /** Countable things in it: documents, tokens, bytes of text. */
  counts: z.record(z.string(), z.number()),
  /** What readers must know to use it: context length, shard size, data type. */
  meta: JsonObject,
  /** Sorted by path. */
  files: z.array(FileEntry),
  /** Merkle tree hash over the files' canonical entries (RFC 6962 leaf and node prefixes). */
  root: Digest,
  /** The key of the computation that made it; null for files of the user's. */
  producer: Digest.nullable(),
  /** Manifests it was made from, in port order. */
  inputs: z.array(Digest),
});
export type Manifest = z.output<typeof Manifest>;

/**
 * A reference to an artifact.
 *
 * `digest` names the manifest and with it everything it was made from; `content` covers kind, facts, counts, meta and files alone,
 * so a stage that makes the same bytes again, from changed code, leaves what follows it cached.
 */
export const ArtifactRef = z.object({ kind: ArtifactKind, digest: Digest, content: Digest });
export type ArtifactRef = z.output<typeof ArtifactRef>;
