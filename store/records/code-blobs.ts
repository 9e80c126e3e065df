import { z } from "zod";
import { CodePackage, workOf } from "../../schemas/code-package.ts";
import { Digest } from "../../schemas/digest.ts";
import { jsonOrUndefined } from "../../schemas/json-text.ts";

/** The part of a code package that the store relies on: packages of other versions of crisol have bundles and files too. */
const NamesBlobs = CodePackage.pick({ bundle: true }).extend({
  command: z.object({ files: z.array(z.object({ sha256: Digest })) }).optional(),
});

/** The blobs that a code package names: its bundle first, then its command's files; undefined when the bytes are not a code package. */
export function blobsOfCode(bytes: Buffer): readonly Digest[] | undefined {
  const named = NamesBlobs.safeParse(jsonOrUndefined(bytes.toString("utf8"))).data;
  return named && [named.bundle, ...(named.command?.files ?? []).map(({ sha256 }) => sha256)];
}

/** The `work` of a code package's bytes; undefined when they are not a code package, or one of a version without it. */
export function workOfCode(bytes: Buffer): Digest | undefined {
  const { data } = CodePackage.safeParse(jsonOrUndefined(bytes.toString("utf8")));
  return data?.version === 2 ? workOf(data) : undefined;
}
