/**
 * Where the frames of a zstd file begin and end.
 *
 * `node:zlib` stops silently after the first frame of a stream, so each frame is cut out, by the sizes in its headers, and unpacked alone.
 *
 * @see RFC 8878, sections 3.1.1 and 3.1.2
 */

const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;

/** The bytes are no zstd. */
export class NotZstd extends Error {
  override readonly name = "NotZstd";
}

/** The frames of a file, one after the other, each as its bytes come; skippable ones are left out. Read each to its end before the next. */
export async function* zstdFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<AsyncGenerator<Uint8Array>> {
  const input = new ByteReader(source);
  try {
    while (await input.fill(1)) {
      if (!(await input.fill(4))) throw new NotZstd("the file ends within a frame's magic number");
      const magic = input.peek(4).readUInt32LE(0);
      if ((magic & 0xfffffff0) >>> 0 === skippableMagic) await skip(input);
      else if (magic === frameMagic) yield frame(input);
      else throw new NotZstd("bytes that begin no zstd frame");
    }
  } finally {
    await input.close();
  }
}

async function skip(input: ByteReader): Promise<void> {
  if (!(await input.fill(8))) throw new NotZstd("the file ends within a skippable frame");
  for await (const _ of input.take(8 + input.peek(8).readUInt32LE(4)));
}

/** Where the file ends too early, the frame does too: the decompressor then tells. */
async function* frame(input: ByteReader): AsyncGenerator<Uint8Array> {
  if (!(await input.fill(5))) return yield* input.take(4);
  const descriptor = input.peek(5)[4] ?? 0;
  const singleSegment = (descriptor & 0x20) !== 0;
  const contentSize = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  yield* input.take(5 + (singleSegment ? 0 : 1) + dictionary + contentSize);
  for (let last = false; !last; ) {
    if (!(await input.fill(3))) return;
    const header = input.peek(3).readUIntLE(0, 3);
    last = (header & 1) !== 0;
    const runLength = ((header >> 1) & 3) === 1;
    yield* input.take(3 + (runLength ? 1 : header >> 3));
  }
  if ((descriptor & 4) !== 0) yield* input.take(4);
}

/** Chunks of bytes read as one stream, by amounts of the reader's choosing. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Have at least `length` bytes at hand; false when the source has fewer left. */
  async fill(length: number): Promise<boolean> {
    while (this.#buffer.length < length) {
      const { done, value } = await this.#source.next();
      if (done) return false;
      this.#buffer =
        this.#buffer.length === 0 ? Buffer.from(value.buffer, value.byteOffset, value.length) : Buffer.concat([this.#buffer, value]);
    }
    return true;
  }

  peek(length: number): Buffer {
    return this.#buffer.subarray(0, length);
  }

  /** The next `length` bytes in pieces, or what is left of them. */
  async *take(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (!(await this.fill(1))) return;
      const piece = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
