import { z } from "zod";
import { RelativePath } from "./artifact.ts";
import { Digest, digestOfJson } from "./digest.ts";
import { PlanMap, PlanOutput } from "./plan.ts";

/** The version of code packages that are written now. A worker of before cannot read them. */
export const CODE_PACKAGE_VERSION = 2;

/**
 * A stage's code, as content: its canonical JSON is a blob, and the digest of that blob is the `code` of a plan's node.
 *
 * It names the code twice: `bundle` is the text that runs, `program` what that text means. Neither depends on where the source is, on file names, comments
 * or formatting; `program` does not depend on the bundler's output either.
 */
export const CodePackage = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  stage: z.string(),
  /** Its outputs by name: part of the code, because facts end up in manifests. */
  outputs: z.record(z.string(), PlanOutput),
  /** Whether its code runs per shard or on the whole: the same function gives different results. */
  map: PlanMap.exactOptional(),
  /** The blob of the bundle: one ECMAScript module that exports `run`, and `reduce` where `map` says so. */
  bundle: Digest,
  /** The digest of what the bundle means, see planner/code/meaning/program.ts. Absent in version 1. */
  program: Digest.exactOptional(),
  /** The command that does its work: program and arguments, and the blobs of its files, by their paths in the folder it runs in. */
  command: z.object({ words: z.array(z.string()), files: z.array(z.object({ path: RelativePath, sha256: Digest })) }).exactOptional(),
  /** Packages that the bundle imports but does not contain, because they have native parts. Sorted. */
  imports: z.array(z.string()),
  /** These and everything they depend on, name to version. A host must find exactly these versions installed. */
  externals: z.record(z.string(), z.string()),
});
export type CodePackage = z.output<typeof CodePackage>;

/** The `work` of a code package of version 2, which alone enters keys: everything in it except the text that runs. */
export function workOf({ version: _, bundle: __, ...meaning }: CodePackage): Digest {
  return digestOfJson(meaning);
}
