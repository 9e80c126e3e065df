import type { Manifest } from "../schemas/artifact.ts";
import { type Digest, digestOfJson, shortDigest } from "../schemas/digest.ts";
import type { StageRecord } from "../schemas/record.ts";
import type { BrokenLink } from "./chain-link.ts";
import { blobsOfCode } from "./code-blobs.ts";
import { tellDamage } from "./damage.ts";
import { contentDigest } from "./manifest.ts";
import type { Store } from "./store.ts";

/** What does not fit between an artifact's manifest and the record of how it was made. */
export function recordProblem(
  artifact: Digest,
  manifest: Manifest,
  record: StageRecord | undefined,
  manifestOfInput: (digest: Digest) => Manifest | undefined,
): BrokenLink | undefined {
  if (record === undefined) {
    return { reason: `there is no record of the computation ${shortDigest(manifest.producer ?? artifact)} that made it`, digest: artifact };
  }
  const key = digestOfJson(record.ingredients);
  if (key !== record.key) return { reason: `the record's ingredients have the key ${shortDigest(key)}, not its own`, digest: record.key };
  if (!Object.values(record.outputs).some(({ digest }) => digest === artifact)) {
    return { reason: `the record ${shortDigest(record.key)} says that other artifacts were made`, digest: artifact };
  }
  const inputs = record.inputs.map(({ digest }) => digest);
  if (inputs.join() !== manifest.inputs.join()) return { reason: "record and manifest name different inputs", digest: record.key };
  for (const [index, { port, content }] of record.ingredients.inputs.entries()) {
    const input = inputs[index];
    const made = input === undefined ? undefined : manifestOfInput(input);
    if (made !== undefined && contentDigest(made) !== content)
      return { reason: `the key was computed over another ${port}`, digest: record.key };
  }
  return undefined;
}

/** What is wrong with the code that a record names: its description, its bundle or a file of its command missing or altered. */
export async function codeProblem(store: Store, { ingredients }: StageRecord): Promise<BrokenLink | undefined> {
  const damage = await store.blobs.check(ingredients.code, { deep: true });
  if (damage !== undefined) return { reason: `the stage's code: ${tellDamage(damage)}`, digest: damage.blob };
  const blobs = blobsOfCode(await store.blobs.readAll(ingredients.code));
  if (blobs === undefined) return { reason: "what the record names is no code package", digest: ingredients.code };
  for (const blob of blobs) {
    const ofBlob = await store.blobs.check(blob, { deep: true });
    if (ofBlob !== undefined) return { reason: `the stage's code: ${tellDamage(ofBlob)}`, digest: ofBlob.blob };
  }
  return undefined;
}
