import { Gathering, type Piece, type Splitter } from "./splitter.ts";

const lineFeed = 0x0a;

/** Lines, without their line feeds; blank ones are counted but not yielded. */
export class Lines implements Splitter {
  readonly #line: Gathering;
  #offset = 0;
  #index = 0;

  constructor(limit: number) {
    this.#line = new Gathering(limit);
  }

  *push(chunk: Uint8Array): Iterable<Piece> {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.#line.add(chunk.subarray(start, end));
      yield* this.#finish();
      start = end + 1;
    }
    this.#line.add(chunk.subarray(start));
  }

  *end(): Iterable<Piece> {
    yield* this.#finish();
  }

  *#finish(): Iterable<Piece> {
    const { length } = this.#line;
    const bytes = this.#line.take();
    const [offset, index] = [this.#offset, this.#index];
    this.#offset += length + 1;
    this.#index += 1;
    if (bytes === undefined || !isBlank(bytes)) yield { offset, index, length, bytes };
  }
}

/** White space alone, behind a mark of byte order if there is one. */
function isBlank(bytes: Uint8Array): boolean {
  const from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  return bytes.subarray(from).every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09);
}
