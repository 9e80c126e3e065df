import { Gathering, type Piece, type Splitter } from "./splitter.ts";

const [quote, backslash, comma, openBracket, closeBracket, openBrace, closeBrace] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d];

/** In UTF-8. */
const byteOrderMark = [0xef, 0xbb, 0xbf];

/**
 * The elements of a JSON array, or the one value that a file holds.
 *
 * Only strings and nesting are tracked, just enough to find the commas between elements; each element is left to `JSON.parse`,
 * so a broken element costs only itself.
 */
export class JsonElements implements Splitter {
  readonly #element: Gathering;
  #state: "start" | "value" | "array" | "ended" | "broken" = "start";
  #depth = 0;
  #inString = false;
  #escaped = false;
  #blank = true;
  #position = 0;
  #offset = 0;
  #index = 0;

  constructor(limit: number) {
    this.#element = new Gathering(limit);
  }

  *push(chunk: Uint8Array): Iterable<Piece> {
    let from = 0;
    if (this.#state === "start") {
      from = chunk.findIndex((byte) => !isSpace(byte) && !byteOrderMark.includes(byte));
      if (from === -1) from = chunk.length;
      if (from < chunk.length) {
        this.#state = chunk[from] === openBracket ? "array" : "value";
        this.#offset = this.#position + from + (this.#state === "array" ? 1 : 0);
        if (this.#state === "array") from += 1;
      }
    }
    if (this.#state === "value") this.#element.add(chunk.subarray(from));
    if (this.#state === "array") {
      from = yield* this.#elements(chunk, from);
    }
    if (this.#state === "ended") {
      const solid = chunk.findIndex((byte, at) => at >= from && !isSpace(byte));
      if (solid !== -1) {
        this.#state = "broken";
        const offset = this.#position + solid;
        yield { offset, index: this.#index, length: 0, bytes: Buffer.alloc(0), broken: "text after the end of the array" };
      }
    }
    this.#position += chunk.length;
  }

  *end(): Iterable<Piece> {
    if (this.#state === "value") yield this.#finish();
    if (this.#state === "array") yield this.#finish("the file ends within the array");
    if (this.#state === "start") yield this.#finish("the file holds no JSON value");
  }

  /** Yields the elements that end in this chunk; returns where the array ended, or the chunk's length. */
  *#elements(chunk: Uint8Array, from: number): Generator<Piece, number> {
    let start = from;
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === backslash) this.#escaped = true;
        else if (byte === quote) this.#inString = false;
      } else if (byte === quote) {
        this.#inString = true;
        this.#blank = false;
      } else if (byte === openBrace || byte === openBracket) {
        this.#depth += 1;
        this.#blank = false;
      } else if (this.#depth > 0) {
        if (byte === closeBrace || byte === closeBracket) this.#depth -= 1;
      } else if (byte === comma || byte === closeBracket) {
        this.#element.add(chunk.subarray(start, at));
        start = at + 1;
        const empty = byte === closeBracket && this.#index === 0 && this.#blank;
        if (empty) this.#element.take();
        else yield this.#finish();
        this.#offset = this.#position + start;
        if (byte === closeBracket) {
          this.#state = "ended";
          return start;
        }
      } else if (byte !== undefined && !isSpace(byte)) this.#blank = false;
    }
    this.#element.add(chunk.subarray(start));
    return chunk.length;
  }

  #finish(broken?: string): Piece {
    const { length } = this.#element;
    const piece = { offset: this.#offset, index: this.#index, length, bytes: this.#element.take(), ...(broken ? { broken } : {}) };
    this.#index += 1;
    this.#blank = true;
    return piece;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
