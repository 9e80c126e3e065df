import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { resolve } from "node:path";
import { Digest } from "../schemas/digest.ts";
import { CrisolError } from "../schemas/error.ts";
import type { StatIndex } from "./stat-index.ts";

/** Size and digest of a file. */
export interface HashedFile {
  readonly bytes: number;
  readonly sha256: Digest;
}

/**
 * Hashes the user's files, and remembers by their stat those that have not changed.
 *
 * A file that changed a moment ago is hashed each time: another change within the file system's clock tick would leave its stat as it is.
 */
export class FileHasher {
  readonly #index: StatIndex;

  constructor(index: StatIndex) {
    this.#index = index;
  }

  /**
   * Size and digest of a file, at the cost of a stat where it was hashed before; `deep` reads it in any case.
   *
   * @throws CrisolError SOURCE_CHANGED when it goes on changing while it is read; system errors as they are (ENOENT).
   */
  async hashFile(path: string, options: { deep?: boolean } = {}): Promise<HashedFile> {
    const key = resolve(path);
    const handle = await open(key, "r");
    try {
      const before = await handle.stat({ bigint: true });
      const known = options.deep ? undefined : this.#index.find(key, before);
      if (known !== undefined) return { bytes: Number(before.size), sha256: known };
      return await this.#hash(handle, key, before);
    } finally {
      await handle.close();
    }
  }

  async #hash(handle: FileHandle, key: string, before: BigIntStats): Promise<HashedFile> {
    const hashed = await hashHandle(handle, Number(before.size));
    const after = await handle.stat({ bigint: true });
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs || hashed.bytes !== Number(after.size)) throw changing(key);
    if (isSettled(after)) this.#index.keep(key, after, hashed.sha256);
    return hashed;
  }
}

/** Longest tick of the clocks that file systems stamp files with, in milliseconds; 2 s where they keep whole seconds. */
function isSettled(stat: BigIntStats): boolean {
  const tick = stat.mtimeNs % 1_000_000_000n === 0n ? 2000 : 50;
  return Date.now() - Number(stat.ctimeMs) > tick && Date.now() - Number(stat.mtimeMs) > tick;
}

/** Bytes read at once: large enough for one read to last as long as hashing the one before. */
const chunkBytes = 1 << 20;

/**
 * Size and digest of an open file from its start, reading the next chunk while one is hashed.
 *
 * @param expected its size in bytes, for small buffers with small files
 */
export async function hashHandle(handle: FileHandle, expected: number): Promise<HashedFile> {
  const hash = createHash("sha256");
  const size = Math.min(chunkBytes, Math.max(4096, expected + 1));
  let [filling, full] = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
  let bytes = 0;
  let reading = handle.read(filling, 0, size, 0);
  for (;;) {
    const { bytesRead } = await reading;
    if (bytesRead === 0) return { bytes, sha256: Digest.parse(hash.digest("hex")) };
    bytes += bytesRead;
    [filling, full] = [full, filling];
    reading = handle.read(filling, 0, size, bytes);
    hash.update(full.subarray(0, bytesRead));
  }
}

function changing(path: string): CrisolError {
  return new CrisolError({
    code: "SOURCE_CHANGED",
    what: "a raw file changed while it was read",
    where: path,
    why: "its digest would name bytes that never were a file",
    fix: "run again once whatever writes it is done",
  });
}
