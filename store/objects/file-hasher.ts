import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CrisolError } from "../../schemas/error.ts";
import { fileVersion } from "../../system/files/file-version.ts";
import { type HashedFile, hashContents } from "../../system/files/hash-file.ts";
import type { StatIndex } from "./stat-index.ts";

/**
 * Hashes the user's files, and recognises by their stat those that have not changed.
 *
 * A file that changed a moment ago is hashed each time: another change within the file system's clock tick would leave its stat as it is.
 */
export class FileHasher {
  readonly #index: StatIndex;

  constructor(index: StatIndex) {
    this.#index = index;
  }

  /**
   * Size and digest of a file, at the cost of a stat if it was hashed before; `deep` reads it in any case.
   *
   * @throws CrisolError SOURCE_CHANGED when it keeps changing while it is read; system errors as they are (ENOENT).
   */
  async hashFile(path: string, options: { deep?: boolean } = {}): Promise<HashedFile> {
    const key = resolve(path);
    const found = await stat(key, { bigint: true });
    const known = options.deep ? undefined : this.#index.find(key, fileVersion(found));
    if (known !== undefined) return { bytes: Number(found.size), sha256: known };
    const { before, hashed, after } = await hashContents(key, Number(found.size));
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs || hashed.bytes !== Number(after.size)) throw changing(key);
    if (isSettled(after)) this.#index.keep(key, fileVersion(after), hashed.sha256);
    return hashed;
  }
}

/** The longest tick of file systems' time stamps, in milliseconds; 2 s where they keep only whole seconds. */
function isSettled(stat: BigIntStats): boolean {
  const tickMs = stat.mtimeNs % 1_000_000_000n === 0n ? 2000 : 50;
  return Date.now() - Number(stat.ctimeMs) > tickMs && Date.now() - Number(stat.mtimeMs) > tickMs;
}

function changing(path: string): CrisolError {
  return new CrisolError({
    code: "SOURCE_CHANGED",
    what: "a raw file changed while it was read",
    where: path,
    why: "its digest would name bytes that the file never held at one time",
    fix: "run again once the program that writes it is done",
  });
}
