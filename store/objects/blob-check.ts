import type { Digest } from "../../schemas/digest.ts";
import type { BlobDamage } from "../damage.ts";
import type { Backend } from "./backend.ts";
import { objectSource, readVerified } from "./blob-reader.ts";
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
  let damage: BlobDamage | undefined;
  const reading = readVerified(objectSource(backend, name), blob, {
    verified: ({ version }) => index.keep(blob, version, blob),
    damaged: (finding) => {
      damage = finding;
      return new Error(finding.finding);
    },
  });
  try {
    for await (const _ of reading);
  } catch (error) {
    if (damage === undefined) throw error;
  }
  return damage;
}
