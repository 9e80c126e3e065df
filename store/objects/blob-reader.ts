import { createHash } from "node:crypto";
import { Digest, digestOf } from "../../schemas/digest.ts";
import { systemCode } from "../../system/files/file-errors.ts";
import type { BlobDamage } from "../damage.ts";
import type { Backend, ObjectStat, OpenObject } from "./backend.ts";

/** Up to this size, an object is read in one step: to read it in chunks would take longer than the read itself. */
const smallObjectBytes = 1 << 16;

/** Something whose bytes can be read in one of two ways; each returns undefined when it does not exist. */
export interface ByteSource {
  stat(): Promise<ObjectStat | undefined>;
  read(): ReturnType<Backend["read"]>;
  open(): Promise<OpenObject | undefined>;
}

/** What a reader calls on success, and how it creates its error. */
export interface VerifiedReading {
  /** Called with the stat once all of it was read and found sound. */
  readonly verified?: (stat: ObjectStat) => void;
  /** The error to throw. */
  readonly damaged: (damage: BlobDamage) => Error;
}

/** An object of a backend. */
export function objectSource(backend: Backend, name: string): ByteSource {
  return { stat: () => backend.stat(name), read: () => backend.read(name), open: () => backend.open(name) };
}

/** The bytes of a source, verified against their digest as they are read: the last chunk is held back until the digest matches. */
export async function* readVerified(source: ByteSource, blob: Digest, reading: VerifiedReading): AsyncGenerator<Uint8Array> {
  const { damaged } = reading;
  try {
    const found = await source.stat();
    if (found === undefined) throw damaged({ blob, finding: "missing" });
    if (found.bytes <= smallObjectBytes) yield* readAtOnce(source, blob, reading);
    else yield* readInChunks(source, blob, reading);
  } catch (error) {
    throw systemCode(error) === "EIO" ? damaged({ blob, finding: "unreadable" }) : error;
  }
}

async function* readAtOnce(source: ByteSource, blob: Digest, { verified, damaged }: VerifiedReading): AsyncGenerator<Uint8Array> {
  const found = await source.read();
  // deleted since it was looked at
  if (found === undefined) throw damaged({ blob, finding: "missing" });
  const { stat, contents } = found;
  const actual = digestOf(contents);
  if (actual !== blob) throw damaged({ blob, finding: "altered", found: actual, bytes: contents.byteLength });
  verified?.(stat);
  if (contents.byteLength > 0) yield contents;
}

async function* readInChunks(source: ByteSource, blob: Digest, { verified, damaged }: VerifiedReading): AsyncGenerator<Uint8Array> {
  const object = await source.open();
  if (object === undefined) throw damaged({ blob, finding: "missing" });
  try {
    const hash = createHash("sha256");
    let held: Uint8Array = new Uint8Array();
    let bytes = 0;
    for await (const chunk of object.chunks()) {
      if (held.byteLength > 0) yield held;
      hash.update(chunk);
      bytes += chunk.byteLength;
      held = chunk;
    }
    const actual = Digest.parse(hash.digest("hex"));
    if (actual !== blob) throw damaged({ blob, finding: "altered", found: actual, bytes });
    verified?.(object.stat);
    if (held.byteLength > 0) yield held;
  } finally {
    await object.close();
  }
}
