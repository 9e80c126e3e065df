import { createHash } from "node:crypto";
import { type BigIntStats, fstatSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { Digest, digestOf } from "../schemas/digest.ts";
import type { BlobDamage } from "./damage.ts";
import { chunksOf } from "./durable-file.ts";
import { systemCode, unlessMissing } from "./file-errors.ts";

/** Bytes handed out at once. */
const chunkBytes = 1 << 18;
/** Up to this size, going through Node's thread pool takes longer than reading. */
const smallFile = 1 << 16;

/** What a reader tells, and how it says what is wrong. */
export interface VerifiedReading {
  /** Told the file's stat once all of it was read and found sound. */
  readonly verified?: (stat: BigIntStats) => void;
  /** The error to throw. */
  readonly damaged: (damage: BlobDamage) => Error;
}

/** The bytes of a file that must have a digest, verified while they are read: the last chunk is held back until the digest holds. */
export async function* readVerified(path: string, digest: Digest, { verified, damaged }: VerifiedReading): AsyncGenerator<Uint8Array> {
  const handle = await unlessMissing(open(path, "r"));
  if (handle === undefined) throw damaged({ blob: digest, finding: "missing" });
  try {
    const found = fstatSync(handle.fd, { bigint: true });
    if (found.size <= smallFile) {
      const whole = readFileSync(handle.fd);
      const actual = digestOf(whole);
      if (actual !== digest) throw damaged({ blob: digest, finding: "altered", found: actual, bytes: whole.byteLength });
      verified?.(found);
      if (whole.byteLength > 0) yield whole;
      return;
    }
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
  } catch (error) {
    throw systemCode(error) === "EIO" ? damaged({ blob: digest, finding: "unreadable" }) : error;
  } finally {
    await handle.close();
  }
}
