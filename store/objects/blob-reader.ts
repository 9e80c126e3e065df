import { createHash } from "node:crypto";
import { type BigIntStats, closeSync, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { Digest, digestOf } from "../../schemas/digest.ts";
import { chunksOf } from "../../system/files/durable-file.ts";
import { systemCode } from "../../system/files/file-errors.ts";
import type { BlobDamage } from "../damage.ts";

/** Bytes per chunk. */
const chunkBytes = 1 << 18;
/** Up to this size, a detour through Node's thread pool takes longer than the read itself. */
const smallFileBytes = 1 << 16;

/** What a reader calls on success, and how it creates its error. */
export interface VerifiedReading {
  /** Called with the file's stat once all of it was read and found sound. */
  readonly verified?: (stat: BigIntStats) => void;
  /** The error to throw. */
  readonly damaged: (damage: BlobDamage) => Error;
}

/** The bytes of a file, verified against its digest as they are read: the last chunk is held back until the digest matches. */
export async function* readVerified(path: string, digest: Digest, reading: VerifiedReading): AsyncGenerator<Uint8Array> {
  const { damaged } = reading;
  try {
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) throw damaged({ blob: digest, finding: "missing" });
    if (size <= smallFileBytes) yield* readAtOnce(path, digest, reading);
    else yield* readInChunks(path, digest, reading);
  } catch (error) {
    if (systemCode(error) === "EIO") throw damaged({ blob: digest, finding: "unreadable" });
    // deleted since it was looked at
    throw systemCode(error) === "ENOENT" ? damaged({ blob: digest, finding: "missing" }) : error;
  }
}

function* readAtOnce(path: string, digest: Digest, { verified, damaged }: VerifiedReading): Generator<Uint8Array> {
  const file = openSync(path, "r");
  try {
    const found = fstatSync(file, { bigint: true });
    const whole = readFileSync(file);
    const actual = digestOf(whole);
    if (actual !== digest) throw damaged({ blob: digest, finding: "altered", found: actual, bytes: whole.byteLength });
    verified?.(found);
    if (whole.byteLength > 0) yield whole;
  } finally {
    closeSync(file);
  }
}

async function* readInChunks(path: string, digest: Digest, { verified, damaged }: VerifiedReading): AsyncGenerator<Uint8Array> {
  const handle = await open(path, "r");
  try {
    const found = fstatSync(handle.fd, { bigint: true });
    const hash = createHash("sha256");
    let held: Uint8Array = new Uint8Array();
    let bytes = 0;
    for await (const chunk of chunksOf(handle, chunkBytes)) {
      if (held.byteLength > 0) yield held;
      hash.update(chunk);
      bytes += chunk.byteLength;
      held = chunk;
    }
    const actual = Digest.parse(hash.digest("hex"));
    if (actual !== digest) throw damaged({ blob: digest, finding: "altered", found: actual, bytes });
    verified?.(found);
    if (held.byteLength > 0) yield held;
  } finally {
    await handle.close();
  }
}
