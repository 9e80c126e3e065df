import { createHash } from "node:crypto";
import { type BigIntStats, closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Digest } from "../../schemas/digest.ts";

/** Size and digest of a file. */
export interface HashedFile {
  readonly bytes: number;
  readonly sha256: Digest;
}

/** A file's digest, with its stat before and after it was read: they differ if it changed meanwhile. */
export interface HashedContents {
  readonly before: BigIntStats;
  readonly hashed: HashedFile;
  readonly after: BigIntStats;
}

/** Up to this size, a detour through Node's thread pool takes longer than the read itself. */
const smallFileBytes = 1 << 18;

/** Bytes per read: large enough for a read to take as long as hashing the previous chunk. */
const chunkBytes = 1 << 20;

/**
 * Read a file and hash it.
 *
 * @param expected its size in bytes, which decides how it is read
 */
export async function hashContents(path: string, expected: number): Promise<HashedContents> {
  if (expected <= smallFileBytes) return hashSmall(path);
  const handle = await open(path, "r");
  try {
    const before = await handle.stat({ bigint: true });
    const hashed = await hashHandle(handle);
    return { before, hashed, after: await handle.stat({ bigint: true }) };
  } finally {
    await handle.close();
  }
}

/** Reads the next chunk while one is hashed. */
async function hashHandle(handle: FileHandle): Promise<HashedFile> {
  const hash = createHash("sha256");
  let [filling, full] = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)];
  let bytes = 0;
  let reading = handle.read(filling, 0, chunkBytes, 0);
  for (;;) {
    const { bytesRead } = await reading;
    if (bytesRead === 0) return { bytes, sha256: Digest.parse(hash.digest("hex")) };
    bytes += bytesRead;
    [filling, full] = [full, filling];
    reading = handle.read(filling, 0, chunkBytes, bytes);
    hash.update(full.subarray(0, bytesRead));
  }
}

// one shared buffer: nothing else runs while a small file is read
const smallBuffer = Buffer.allocUnsafeSlow(smallFileBytes + 1);

function hashSmall(path: string): HashedContents {
  const descriptor = openSync(path, "r");
  try {
    const before = fstatSync(descriptor, { bigint: true });
    const hash = createHash("sha256");
    let bytes = 0;
    for (;;) {
      const read = readSync(descriptor, smallBuffer, 0, smallBuffer.length, null);
      if (read === 0) break;
      bytes += read;
      hash.update(smallBuffer.subarray(0, read));
    }
    return { before, hashed: { bytes, sha256: Digest.parse(hash.digest("hex")) }, after: fstatSync(descriptor, { bigint: true }) };
  } finally {
    closeSync(descriptor);
  }
}
