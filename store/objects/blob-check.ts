import { statSync } from "node:fs";
import type { Digest } from "../../schemas/digest.ts";
import { systemCode, unlessMissing } from "../../system/files/file-errors.ts";
import { hashContents } from "../../system/files/hash-file.ts";
import type { BlobDamage } from "../damage.ts";
import type { StatIndex } from "./stat-index.ts";

/** What is wrong with a blob's file, at the cost of a stat if it was verified before; `deep` reads it in any case. */
export async function findDamage(
  path: string,
  blob: Digest,
  index: StatIndex,
  { deep = false }: { readonly deep?: boolean },
): Promise<BlobDamage | undefined> {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (found === undefined) return { blob, finding: "missing" };
  if (!deep && index.find(blob, found) === blob) return undefined;
  try {
    const contents = await unlessMissing(hashContents(path, Number(found.size)));
    if (contents === undefined) return { blob, finding: "missing" };
    const { before, hashed } = contents;
    if (hashed.sha256 !== blob) return { blob, finding: "altered", found: hashed.sha256, bytes: hashed.bytes };
    index.keep(blob, before, blob);
    return undefined;
  } catch (error) {
    if (systemCode(error) !== "EIO") throw error;
    return { blob, finding: "unreadable" };
  }
}
