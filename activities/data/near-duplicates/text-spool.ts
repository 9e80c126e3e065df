import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";

/** Texts stored in a file, to be read again by number. */
export class TextSpool {
  readonly #path: string;
  readonly #file: number;
  readonly #places = new Map<number, { readonly offset: number; readonly bytes: number }>();
  #end = 0;

  constructor(path: string) {
    this.#path = path;
    this.#file = openSync(path, "wx+");
  }

  add(number: number, text: string): void {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(this.#file, bytes, written, bytes.length - written, this.#end + written);
    }
    this.#places.set(number, { offset: this.#end, bytes: bytes.length });
    this.#end += bytes.length;
  }

  get(number: number): string {
    const place = this.#places.get(number);
    if (place === undefined) throw new RangeError(`text ${number} was not stored`);
    const bytes = Buffer.allocUnsafe(place.bytes);
    for (let read = 0; read < bytes.length; ) {
      const count = readSync(this.#file, bytes, read, bytes.length - read, place.offset + read);
      if (count === 0) throw new Error(`${this.#path} was cut short`);
      read += count;
    }
    return bytes.toString("utf8");
  }

  close(): void {
    closeSync(this.#file);
    rmSync(this.#path, { force: true });
  }
}
