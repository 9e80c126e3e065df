import { type Digest, shortDigest } from "../schemas/digest.ts";
import { CrisolError } from "../schemas/error.ts";

/** What is wrong with a blob: missing, on a part of the disk that cannot be read, or with bytes that don't match its name. */
export type BlobDamage =
  | { readonly blob: Digest; readonly finding: "missing" }
  | { readonly blob: Digest; readonly finding: "unreadable" }
  | { readonly blob: Digest; readonly finding: "altered"; readonly found: Digest; readonly bytes: number };

/** What is wrong with an artifact, and which computation can recreate it. */
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
export function describeDamage(damage: BlobDamage): string {
  if (damage.finding === "missing") return `blob ${shortDigest(damage.blob)} is not in the store`;
  if (damage.finding === "unreadable") return `blob ${shortDigest(damage.blob)} cannot be read: the disk reports an error`;
  return `blob ${shortDigest(damage.blob)} does not match its name: its ${damage.bytes} bytes have the digest ${shortDigest(damage.found)}`;
}

/** The error for a blob that cannot be read as it was written. */
export function damagedBlob(damage: BlobDamage): CrisolError {
  return new CrisolError({
    code: "ARTIFACT_DAMAGED",
    what: describeDamage(damage),
    where: `blob ${damage.blob}`,
    why: "bytes that differ from what was written are never used",
    fix: "`crisol resume` recreates it; check the disk if this happens more than once",
    damaged: { blob: damage.blob },
  });
}

/** The error for an artifact of which something is missing or altered. */
export function damagedArtifact(damage: Damage, options?: ErrorOptions): CrisolError {
  const file = damage.path === undefined ? "manifest" : damage.path;
  const maker = damage.producer === null ? "it holds the user's own files" : `produced by ${shortDigest(damage.producer)}`;
  return new CrisolError(
    {
      code: "ARTIFACT_DAMAGED",
      what: damage.what,
      where: `artifact ${damage.artifact} (${maker}), ${file}, blob ${damage.blob}`,
      why: "bytes that differ from what was written are never used",
      fix: "`crisol resume` sets it aside and recreates it; check the disk if this happens more than once",
      damaged: { blob: damage.blob, artifact: damage.artifact, producer: damage.producer },
    },
    options,
  );
}
