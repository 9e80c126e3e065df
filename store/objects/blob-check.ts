import { createHash } from "node:crypto";
import { Digest, digestOf } from "../../schemas/digest.ts";
import { systemCode } from "../../system/files/file-errors.ts";
import type { HashedFile } from "../../system/files/hash-file.ts";
import type { BlobDamage } from "../damage.ts";
import type { Backend, ObjectStat } from "./backend.ts";
import { smallObjectBytes } from "./blob-reader.ts";
import type { StatIndex } from "./stat-index.ts";

/** How a blob is checked: at the cost of a stat if it was verified before; `deep` reads it in any case. */
export interface BlobCheck {
  readonly blob: Digest;
  readonly index: StatIndex;
  readonly deep?: boolean;
}

/** What is wrong with the object that holds a blob; undefined when it is sound. */
export async function findDamage(
  backend: Backend,
  name: string,
  { blob, index, deep = false }: BlobCheck,
): Promise<BlobDamage | undefined> {
  const found = await backend.stat(name);
  if (found === undefined) return { blob, finding: "missing" };
  if (!deep && index.find(blob, found.version) === blob) return undefined;
  try {
    const contents = found.bytes <= smallObjectBytes ? await hashSmall(backend, name) : await hashLarge(backend, name);
    if (contents === undefined) return { blob, finding: "missing" };
    const { stat, hashed } = contents;
    if (hashed.sha256 !== blob) return { blob, finding: "altered", found: hashed.sha256, bytes: hashed.bytes };
    index.keep(blob, stat.version, blob);
    return undefined;
  } catch (error) {
    if (systemCode(error) !== "EIO") throw error;
    return { blob, finding: "unreadable" };
  }
}

type Hashed = { readonly stat: ObjectStat; readonly hashed: HashedFile };

async function hashSmall(backend: Backend, name: string): Promise<Hashed | undefined> {
  const found = await backend.read(name);
  return found && { stat: found.stat, hashed: { bytes: found.contents.byteLength, sha256: digestOf(found.contents) } };
}

async function hashLarge(backend: Backend, name: string): Promise<Hashed | undefined> {
  const object = await backend.open(name);
  if (object === undefined) return undefined;
  try {
    const hash = createHash("sha256");
    let bytes = 0;
    for await (const chunk of object.chunks()) {
      hash.update(chunk);
      bytes += chunk.byteLength;
    }
    return { stat: object.stat, hashed: { bytes, sha256: Digest.parse(hash.digest("hex")) } };
  } finally {
    await object.close();
  }
}
