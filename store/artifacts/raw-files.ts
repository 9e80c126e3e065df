import { join } from "node:path";
import type { FileEntry, Manifest } from "../../schemas/artifact.ts";
import { CrisolError } from "../../schemas/error.ts";
import { unlessMissing } from "../../system/files/file-errors.ts";
import type { BlobDamage } from "../damage.ts";
import { readVerified } from "../objects/blob-reader.ts";
import { fileSource } from "../objects/directory/open-file.ts";
import type { FileHasher } from "../objects/file-hasher.ts";

/** The path on this machine of a `files` artifact's raw file: below the project's folder, or its absolute path. */
export function rawPath({ meta }: Manifest, path: string, project: string): string {
  return join(meta.base === "/" ? "/" : project, path);
}

/**
 * The bytes of a raw file, verified against its pin as they are read.
 *
 * @throws CrisolError SOURCE_CHANGED
 */
export function readRawFile(path: string, file: FileEntry): AsyncGenerator<Uint8Array> {
  return readVerified(fileSource(path), file.sha256, { damaged: (damage) => rawFileChanged(path, file, damage) });
}

/**
 * Check that a raw file is as it was pinned.
 *
 * @throws CrisolError SOURCE_CHANGED
 */
export async function checkRawFile(path: string, file: FileEntry, hasher: FileHasher, options: { deep?: boolean } = {}): Promise<void> {
  const found = await unlessMissing(hasher.hashFile(path, options));
  if (found === undefined) throw rawFileChanged(path, file, { blob: file.sha256, finding: "missing" });
  if (found.sha256 === file.sha256) return;
  throw rawFileChanged(path, file, { blob: file.sha256, finding: "altered", found: found.sha256, bytes: found.bytes });
}

function rawFileChanged(path: string, file: FileEntry, damage: BlobDamage): CrisolError {
  const expected = `expected sha-256 ${file.sha256} (${file.bytes} bytes)`;
  const found = damage.finding === "altered" ? `found ${damage.found} (${damage.bytes} bytes)` : `it is ${damage.finding}`;
  return new CrisolError({
    code: "SOURCE_CHANGED",
    what: `${file.path} is not as it was when the run's plan was made`,
    where: `${path}: ${expected}, ${found}`,
    why: "what is trained on must be what was pinned, byte for byte",
    fix: "restore the file, or start a new run, which pins the file as it is now",
  });
}
