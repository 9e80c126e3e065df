/** Reading a raw file: hashed as it is read, unpacked within limits. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { CrisolError } from "../../schemas/error.ts";
import type { RawFile } from "./formats.ts";
import { NotZstd, zstdFrames } from "./zstd-frames.ts";

const chunkSize = 256 * 1024;
/** Small files may always unpack to this much, whatever the ratio. */
const harmless = 1024 * 1024;

/** The rest of a file cannot be used: truncated, corrupt, or a bomb. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
  readonly reason: "truncated" | "corrupt" | "bomb";
  /** Unpacked bytes before the damage. */
  readonly offset: number;

  constructor(reason: Unreadable["reason"], what: string, offset: number) {
    super(what);
    this.reason = reason;
    this.offset = offset;
  }
}

/** How large an unpacked file may be: so many times its own size, and never above `maxFile` bytes. */
export interface UnpackLimits {
  readonly maxRatio: number;
  readonly maxFile: number;
}

/**
 * The contents of a raw file, unpacked, in chunks; `path` is where it lies on this machine, `onRead` hears how many raw bytes were read.
 *
 * @throws CrisolError SOURCE_CHANGED when its bytes are not those of its entry; Unreadable when they are, and yet cannot be unpacked.
 */
export async function* readRaw(
  file: RawFile,
  path: string,
  options: UnpackLimits & { readonly onRead?: (bytes: number) => void },
): AsyncGenerator<Uint8Array> {
  const raw = rawBytes(file, path, options.onRead);
  if (file.compression === "none") return yield* raw;
  const limit = Math.min(options.maxFile, Math.max(harmless, Math.floor(file.bytes * options.maxRatio)));
  let offset = 0;
  try {
    for await (const chunk of file.compression === "gzip" ? unpack(raw, createGunzip({ chunkSize })) : unpackZstd(raw)) {
      if (offset + chunk.length > limit) {
        throw new Unreadable("bomb", `${file.bytes} bytes unpack to more than ${limit}`, offset);
      }
      yield chunk;
      offset += chunk.length;
    }
  } catch (error) {
    const unreadable = asUnreadable(error, offset);
    if (unreadable === undefined) throw error;
    // Damage is only the source's own if the file still has the bytes that were pinned: read it all.
    for await (const _ of rawBytes(file, path));
    throw unreadable;
  }
}

function asUnreadable(error: unknown, offset: number): Unreadable | undefined {
  if (error instanceof Unreadable) return error;
  if (error instanceof NotZstd) return new Unreadable("corrupt", error.message, offset);
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  if (error.code === "Z_BUF_ERROR") return new Unreadable("truncated", "the compressed data ends too early", offset);
  return /^(Z_|ZSTD_)/.test(error.code) ? new Unreadable("corrupt", error.message, offset) : undefined;
}

async function* unpackZstd(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let frames = 0;
  for await (const frame of zstdFrames(raw)) {
    frames += 1;
    yield* unpack(frame, createZstdDecompress({ chunkSize }));
  }
  if (frames === 0) throw new NotZstd("no zstd frame in the file");
}

async function* unpack(packed: AsyncIterable<Uint8Array>, decompressor: Transform): AsyncGenerator<Uint8Array> {
  const feeding = pipeline(packed, decompressor);
  feeding.catch(() => undefined); // the same error comes out of the decompressor
  yield* decompressor;
  await feeding;
}

async function* rawBytes(file: RawFile, path: string, onRead?: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: chunkSize }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    onRead?.(chunk.length);
    yield chunk;
  }
  const found = hash.digest("hex");
  if (found !== file.sha256) {
    throw new CrisolError({
      code: "SOURCE_CHANGED",
      what: `${file.path} has changed since the run's plan was made`,
      where: `${file.path}: expected sha-256 ${file.sha256} (${file.bytes} bytes), found ${found} (${bytes} bytes)`,
      why: "what is trained on must be what was pinned, byte for byte",
      fix: "restore the file, or start a new run, which pins the file as it is now",
    });
  }
}
