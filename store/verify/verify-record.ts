import type { Manifest } from "../../schemas/artifact.ts";
import { type Digest, digestOfJson, shortDigest } from "../../schemas/digest.ts";
import { codeOf, type StageRecord } from "../../schemas/record.ts";
import { contentDigest } from "../artifacts/manifest.ts";
import { describeDamage } from "../damage.ts";
import { blobsOfCode, workOfCode } from "../records/code-blobs.ts";
import type { Store } from "../store.ts";
import type { BrokenLink } from "./chain-link.ts";

/** What does not match between an artifact's manifest and the record of its computation. */
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
  if (key !== record.key)
    return { reason: `the record's ingredients give the key ${shortDigest(key)}, not the record's own`, digest: record.key };
  if (!Object.values(record.outputs).some(({ digest }) => digest === artifact)) {
    return { reason: `the record ${shortDigest(record.key)} says that other artifacts were made`, digest: artifact };
  }
  const inputs = record.inputs.map(({ digest }) => digest);
  if (inputs.join() !== manifest.inputs.join()) return { reason: "the record and the manifest name different inputs", digest: record.key };
  for (const [index, { port, content }] of record.ingredients.inputs.entries()) {
    const input = inputs[index];
    const made = input === undefined ? undefined : manifestOfInput(input);
    if (made !== undefined && contentDigest(made) !== content)
      return { reason: `the key was computed over a different ${port}`, digest: record.key };
  }
  return undefined;
}

/** What is wrong with the code that a record names: its description, its bundle or a file of its command missing or altered, or different code from its key's. */
export async function codeProblem(store: Store, record: StageRecord): Promise<BrokenLink | undefined> {
  const code = codeOf(record);
  if (code === undefined) return { reason: "the record names no code", digest: record.key };
  const damage = await store.blobs.check(code, { deep: true });
  if (damage !== undefined) return { reason: `the stage's code: ${describeDamage(damage)}`, digest: damage.blob };
  const bytes = await store.blobs.readAll(code);
  const blobs = blobsOfCode(bytes);
  if (blobs === undefined) return { reason: "the code that the record names is not a code package", digest: code };
  const { work } = record.ingredients;
  if (work !== undefined && work !== workOfCode(bytes)) return { reason: "the key was computed over different code", digest: code };
  for (const blob of blobs) {
    const ofBlob = await store.blobs.check(blob, { deep: true });
    if (ofBlob !== undefined) return { reason: `the stage's code: ${describeDamage(ofBlob)}`, digest: ofBlob.blob };
  }
  return undefined;
}
