import { z } from "zod";
import { Digest } from "./digest.ts";
import { JsonObject } from "./json.ts";
import { KindDeclaration, KindName } from "./kinds.ts";

/** A relative path with forward slashes that cannot leave its folder. */
export const RelativePath = z
  .string()
  .min(1)
  .max(1024)
  .refine((path) => isRelativePath(path), "expected a relative path of plain names, without '..'");

function isRelativePath(path: string): boolean {
  return !path.includes("\\") && !path.includes("\0") && path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
}

/** One file of an artifact: its path in it, and the blob that holds its bytes. */
export const FileEntry = z.object({ path: RelativePath, bytes: z.int().nonnegative(), sha256: Digest });
export type FileEntry = z.output<typeof FileEntry>;

/**
 * An artifact: an immutable list of content-addressed files, with facts and counts.
 *
 * Its canonical JSON is itself a blob, and the digest of that blob is the artifact's name.
 */
export const Manifest = z.object({
  version: z.literal(1),
  kind: KindName,
  /** Of a kind that the user declared. */
  declaration: KindDeclaration.exactOptional(),
  /** What has been done to it ("sealed", "clean", ...), sorted. */
  facts: z.array(z.string()),
  /** How many documents, tokens or bytes of text it holds. */
  counts: z.record(z.string(), z.number()),
  /** What a reader needs in order to use it: context length, shard size, data type. */
  meta: JsonObject,
  /** Sorted by path. */
  files: z.array(FileEntry),
  /** Merkle tree hash over the files' canonical entries (RFC 6962 leaf and node prefixes). */
  root: Digest,
  /** The key of the computation that produced it; null for the user's own files. */
  producer: Digest.nullable(),
  /** The manifests it was derived from, in port order. */
  inputs: z.array(Digest),
});
export type Manifest = z.output<typeof Manifest>;

/**
 * A reference to an artifact.
 *
 * `digest` names the manifest and with it everything it was derived from; `content` covers only kind, declaration, facts, counts, meta and files,
 * so later stages stay cached when changed code produces the same bytes.
 */
export const ArtifactRef = z.object({ kind: KindName, digest: Digest, content: Digest });
export type ArtifactRef = z.output<typeof ArtifactRef>;

/** The facts that all artifacts of a port have; none if there is no artifact. */
export function sharedFacts(all: readonly (readonly string[])[]): string[] {
  const [first, ...others] = all;
  return first?.filter((fact) => others.every((facts) => facts.includes(fact))) ?? [];
}
