/** Chunks of bytes read as one stream, in amounts of the reader's choosing. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #buffer: Buffer = Buffer.alloc(0);
  /** Whether fewer bytes were left than were asked for. */
  ranShort = false;

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

  /** All bytes that are at hand: some, unless the source has ended. */
  async available(): Promise<Buffer> {
    await this.fill(1);
    return this.#buffer;
  }

  /** Go on behind bytes that are at hand. */
  skip(length: number): void {
    this.#buffer = this.#buffer.subarray(length);
  }

  /** The next `length` bytes in pieces, or what is left of them. */
  async *take(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      if (!(await this.fill(1))) {
        this.ranShort = true;
        return;
      }
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
