import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Digest } from "../schemas/digest.ts";
import { damagedBlob } from "./damage.ts";
import { chunksOf } from "./durable-file.ts";
import { systemCode, unlessMissing } from "./file-errors.ts";

/** Bytes handed out at once. */
const chunkBytes = 1 << 18;

/**
 * The bytes of a blob's file, verified while they are read: the last chunk is held back until the digest holds.
 *
 * @param verified told the file's stat once all of it was read and found sound
 * @throws CrisolError ARTIFACT_DAMAGED
 */
export async function* readVerified(path: string, digest: Digest, verified: (stat: BigIntStats) => void): AsyncGenerator<Uint8Array> {
  const handle = await unlessMissing(open(path, "r"));
  if (handle === undefined) throw damagedBlob({ blob: digest, finding: "missing" });
  try {
    const found = await handle.stat({ bigint: true });
    const hash = createHash("sha256");
    let held: Uint8Array = new Uint8Array();
    let bytes = 0;
    for await (const chunk of readable(handle, digest)) {
      if (held.byteLength > 0) yield held;
      hash.update(chunk);
      bytes += chunk.byteLength;
      held = chunk;
    }
    const actual = Digest.parse(hash.digest("hex"));
    if (actual !== digest) throw damagedBlob({ blob: digest, finding: "altered", found: actual, bytes });
    verified(found);
    if (held.byteLength > 0) yield held;
  } finally {
    await handle.close();
  }
}

async function* readable(handle: FileHandle, digest: Digest): AsyncGenerator<Uint8Array> {
  try {
    yield* chunksOf(handle, chunkBytes);
  } catch (error) {
    throw systemCode(error) === "EIO" ? damagedBlob({ blob: digest, finding: "unreadable" }) : error;
  }
}
