/**
 * Where the frames of a zstd stream begin and end.
 *
 * `node:zlib` stops silently after the first frame of a stream, so each frame is cut out, by the sizes in its headers, and decompressed alone.
 *
 * @see RFC 8878, sections 3.1.1 and 3.1.2
 */

import { ByteReader } from "./byte-reader.ts";

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;

/** The bytes are not zstd. */
export class NotZstd extends Error {
  override readonly name = "NotZstd";
}

/** The bytes of a frame as they come, and afterwards, whether the stream held all of them. */
export interface ZstdFrame {
  readonly bytes: AsyncIterable<Uint8Array>;
  isWhole: boolean;
}

/** The frames of a stream, one after the other; skippable ones are left out. Read each to its end before the next. */
export async function* zstdFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<ZstdFrame> {
  const input = new ByteReader(source);
  try {
    while (await input.fill(1)) {
      const whole = await input.fill(4);
      const magic = whole ? input.peek(4).readUInt32LE(0) : frameMagic;
      if ((magic & 0xfffffff0) >>> 0 === skippableMagic) await skip(input);
      else if (magic === frameMagic) yield frameOf(input);
      else throw new NotZstd("bytes that do not start a zstd frame");
    }
  } finally {
    await input.close();
  }
}

async function skip(input: ByteReader): Promise<void> {
  const length = (await input.fill(8)) ? 8 + input.peek(8).readUInt32LE(4) : 8;
  let skipped = 0;
  for await (const piece of input.take(length)) skipped += piece.length;
  if (skipped < length) throw new NotZstd("the file ends within a skippable frame");
}

function frameOf(input: ByteReader): ZstdFrame {
  const frame: ZstdFrame = { bytes: bytesOf(), isWhole: false };
  return frame;

  // where the file ends too early, the bytes just end: what they hold so far can still be decompressed
  async function* bytesOf(): AsyncGenerator<Uint8Array> {
    if (!(await input.fill(5))) return yield* input.take(4);
    const descriptor = input.peek(5)[4] ?? 0;
    const singleSegment = (descriptor & 0x20) !== 0;
    const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
    yield* input.take(5 + (singleSegment ? 0 : 1) + dictionary + contentSize);
    for (let last = false; !last; ) {
      if (!(await input.fill(3))) return yield* input.take(3);
      const header = input.peek(3).readUIntLE(0, 3);
      last = (header & 1) !== 0;
      const runLength = ((header >> 1) & 3) === 1;
      yield* input.take(3 + (runLength ? 1 : header >> 3));
    }
    if ((descriptor & 4) !== 0) yield* input.take(4);
    frame.isWhole = !input.ranShort;
  }
}

/**
 * The frames of a stream, each in one piece.
 *
 * @throws NotZstd when the bytes are not zstd frames, or end within one.
 */
export async function* wholeFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const frame of zstdFrames(source)) {
    const whole = Buffer.concat(await Array.fromAsync(frame.bytes));
    if (!frame.isWhole) throw new NotZstd(`the zstd data ends within a frame, ${whole.length} bytes after its start`);
    yield whole;
  }
}
