/** Reading a raw file: verified as it is read, decompressed within limits. */
import type { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";
import { GzipEndsEarly, gunzip, NotGzip } from "../../../system/files/gzip-members.ts";
import { NotZstd, zstdFrames } from "../../../system/files/zstd-frames.ts";
import type { RawFile } from "./formats.ts";

const chunkSize = 256 * 1024;
/** Small files may always decompress to this many bytes, whatever the ratio. */
const harmless = 1024 * 1024;

/** The rest of a file cannot be used: truncated, corrupt, or a bomb. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
  readonly reason: "truncated" | "corrupt" | "bomb";
  /** Decompressed bytes before the damage. */
  readonly offset: number;

  constructor(reason: Unreadable["reason"], what: string, offset: number) {
    super(what);
    this.reason = reason;
    this.offset = offset;
  }
}

/** How large a decompressed file may be: so many times its own size, and never more than `maxFile` bytes. */
export interface UnpackLimits {
  readonly maxRatio: number;
  readonly maxFile: number;
}

/**
 * The contents of a raw file, decompressed, in chunks; `open` returns its bytes, verified as they are read.
 *
 * @throws Unreadable when they cannot be decompressed; whatever `open` throws when they are not what was pinned, which takes precedence.
 */
export async function* readRaw(file: RawFile, open: () => AsyncIterable<Uint8Array>, limits: UnpackLimits): AsyncGenerator<Uint8Array> {
  if (file.compression === "none") return yield* open();
  const limit = Math.min(limits.maxFile, Math.max(harmless, Math.floor(file.bytes * limits.maxRatio)));
  let offset = 0;
  try {
    for await (const chunk of file.compression === "gzip" ? gunzip(open(), chunkSize) : unpackZstd(open())) {
      if (offset + chunk.length > limit) {
        throw new Unreadable("bomb", `${file.bytes} bytes unpack to more than ${limit}`, offset);
      }
      yield chunk;
      offset += chunk.length;
    }
  } catch (error) {
    const unreadable = asUnreadable(error, offset);
    if (unreadable === undefined) throw error;
    // damage is the source's own only if the file still has the bytes that were pinned: read it all
    for await (const _ of open());
    throw unreadable;
  }
}

class Truncated extends Error {}

function asUnreadable(error: unknown, offset: number): Unreadable | undefined {
  if (error instanceof Unreadable) return error;
  const truncated = new Unreadable("truncated", "the compressed data ends too early", offset);
  if (error instanceof Truncated || error instanceof GzipEndsEarly) return truncated;
  if (error instanceof NotZstd || error instanceof NotGzip) return new Unreadable("corrupt", error.message, offset);
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  if (error.code === "Z_BUF_ERROR") return truncated;
  return /^(Z_|ZSTD_)/.test(error.code) ? new Unreadable("corrupt", error.message, offset) : undefined;
}

async function* unpackZstd(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let frames = 0;
  for await (const frame of zstdFrames(raw)) {
    frames += 1;
    yield* unpack(frame.bytes, createZstdDecompress({ chunkSize }));
    // the decompressor accepts a frame without its end
    if (!frame.isWhole) throw new Truncated();
  }
  if (frames === 0) throw new NotZstd("no zstd frame in the file");
}

async function* unpack(packed: AsyncIterable<Uint8Array>, decompressor: Transform): AsyncGenerator<Uint8Array> {
  const feeding = pipeline(packed, decompressor);
  feeding.catch(() => undefined); // the same error comes out of the decompressor
  yield* decompressor;
  await feeding;
}
