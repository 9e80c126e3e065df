import { z } from "zod";
import { RelativePath } from "./artifact.ts";
import { Digest } from "./digest.ts";
import { PlanMap, PlanOutput } from "./plan.ts";

/**
 * A stage's code, as content: its canonical JSON is a blob, and the digest of that blob is the `code` of a plan's node.
 *
 * Nothing in it depends on where a checkout lies, on comments or on formatting.
 */
export const CodePackage = z.object({
  version: z.literal(1),
  stage: z.string(),
  /** What it makes, by name: part of the code, because facts end up in manifests. */
  outputs: z.record(z.string(), PlanOutput),
  /** Whether its code is meant for a shard or for the whole: the same function gives another result. */
  map: PlanMap.exactOptional(),
  /** The blob of the bundle: one ECMAScript module that exports `run`, and `reduce` where `map` says so. */
  bundle: Digest,
  /** The command that does its work: its words, and the blobs of its files, which lie by these paths in the folder that it runs in. */
  command: z.object({ words: z.array(z.string()), files: z.array(z.object({ path: RelativePath, sha256: Digest })) }).exactOptional(),
  /** Packages that the bundle imports and does not contain, because they have native parts. Sorted. */
  imports: z.array(z.string()),
  /** Those and everything they depend on: name to version. A host must find exactly these versions installed. */
  externals: z.record(z.string(), z.string()),
  /** Source files that are in the bundle, each with the digest of what it contributes. */
  files: z.record(z.string(), Digest),
});
export type CodePackage = z.output<typeof CodePackage>;
