/** Cutting a file's bytes into records. */

/** The bytes of one record. */
export interface Piece {
  /** Bytes of the decompressed file before it. */
  readonly offset: number;
  /** From 0, counting every line of the file or element of the array. */
  readonly index: number;
  readonly length: number;
  /** Undefined when it is longer than the limit. */
  readonly bytes: Buffer | undefined;
  /** How the file's structure is broken here; what was read so far is in `bytes`. */
  readonly broken?: string;
}

/** Takes a file's bytes chunk by chunk and yields its records, holding at most one record, up to the limit. */
export interface Splitter {
  push(chunk: Uint8Array): Iterable<Piece>;
  end(): Iterable<Piece>;
}

/** The bytes of the current record, gathered over chunks up to a limit. */
export class Gathering {
  readonly #limit: number;
  #parts: Uint8Array[] = [];
  length = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Add bytes; the chunk must not be written to afterwards. */
  add(part: Uint8Array): void {
    this.length += part.length;
    if (this.length > this.#limit) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  /** What was gathered, or undefined when it was more than the limit; then starts over. */
  take(): Buffer | undefined {
    const only = this.#parts[0];
    const bytes =
      this.length > this.#limit
        ? undefined
        : this.#parts.length === 1 && only !== undefined
          ? Buffer.from(only.buffer, only.byteOffset, only.length)
          : Buffer.concat(this.#parts);
    this.#parts = [];
    this.length = 0;
    return bytes;
  }
}

/** One record: the whole file. */
export class WholeFile implements Splitter {
  readonly #gathering: Gathering;

  constructor(limit: number) {
    this.#gathering = new Gathering(limit);
  }

  push(chunk: Uint8Array): Iterable<Piece> {
    this.#gathering.add(chunk);
    return [];
  }

  end(): Iterable<Piece> {
    const { length } = this.#gathering;
    return [{ offset: 0, index: 0, length, bytes: this.#gathering.take() }];
  }
}
