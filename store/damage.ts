import { type Digest, shortDigest } from "../schemas/digest.ts";
import { CrisolError } from "../schemas/error.ts";

/** What is wrong with a blob: not there, on a part of the disk that cannot be read, or other bytes than its name says. */
export type BlobDamage =
  | { readonly blob: Digest; readonly finding: "missing" }
  | { readonly blob: Digest; readonly finding: "unreadable" }
  | { readonly blob: Digest; readonly finding: "altered"; readonly found: Digest; readonly bytes: number };

/** What is wrong with an artifact, and who can make it again. */
export interface Damage {
  /** The damaged file's blob; the manifest's own when that is what is damaged. */
  readonly blob: Digest;
  readonly artifact: Digest;
  readonly producer: Digest | null;
  /** The file in the artifact; undefined for the manifest. */
  readonly path?: string;
  readonly what: string;
}

/** What is wrong with a blob, for people. */
export function tellDamage(damage: BlobDamage): string {
  if (damage.finding === "missing") return `blob ${shortDigest(damage.blob)} is not in the store`;
  if (damage.finding === "unreadable") return `blob ${shortDigest(damage.blob)} cannot be read: the disk reports an error`;
  return `blob ${shortDigest(damage.blob)} does not hold what its name says: its ${damage.bytes} bytes have the digest ${shortDigest(damage.found)}`;
}

/** The error for a blob that cannot be read as it was written. */
export function damagedBlob(damage: BlobDamage): CrisolError {
  return new CrisolError({
    code: "ARTIFACT_DAMAGED",
    what: tellDamage(damage),
    where: `blob ${damage.blob}`,
    why: "what is not exactly what was written is never used",
    fix: "`crisol resume` makes it again; check the disk if that happens more than once",
    damaged: { blob: damage.blob },
  });
}

/** The error for an artifact of which something is missing or altered. */
export function damagedArtifact(damage: Damage, options?: ErrorOptions): CrisolError {
  const file = damage.path === undefined ? "manifest" : damage.path;
  const maker = damage.producer === null ? "it holds the user's own files" : `made by ${shortDigest(damage.producer)}`;
  return new CrisolError(
    {
      code: "ARTIFACT_DAMAGED",
      what: damage.what,
      where: `artifact ${damage.artifact} (${maker}), ${file}, blob ${damage.blob}`,
      why: "what is not exactly what was written is never used",
      fix: "`crisol resume` sets it aside and makes it again; check the disk if that happens more than once",
      damaged: { blob: damage.blob, artifact: damage.artifact, producer: damage.producer },
    },
    options,
  );
}
