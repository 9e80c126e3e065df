import type { Banding } from "./bands.ts";
import { permutations } from "./signatures.ts";

const pageRows = 1024;
const none = new Uint32Array(0);

/** Signatures by number, 512 bytes each, in pages, so that growing copies nothing. */
export class SignatureTable {
  readonly #pages: Uint32Array[] = [];
  size = 0;

  /** Append an empty row and return it for writing. */
  append(): Uint32Array {
    if (this.size % pageRows === 0) this.#pages.push(new Uint32Array(pageRows * permutations));
    this.size += 1;
    return this.row(this.size - 1);
  }

  row(index: number): Uint32Array {
    const page = this.#pages[Math.floor(index / pageRows)];
    if (page === undefined) throw new RangeError(`no signature ${index}`);
    const from = (index % pageRows) * permutations;
    return page.subarray(from, from + permutations);
  }

  /** A hash of the rows of one band of a signature. */
  bandKey(index: number, band: number, { rows }: Banding): number {
    const page = this.#pages[Math.floor(index / pageRows)] ?? none;
    const from = (index % pageRows) * permutations + band * rows;
    let key = band;
    for (let row = from; row < from + rows; row += 1) {
      key = Math.imul(key ^ (page[row] ?? 0), 0x9e3779b1);
      key ^= key >>> 15;
    }
    return key >>> 0;
  }

  /** The share of two signatures that agree: an estimate of the Jaccard similarity. */
  agreement(a: number, b: number): number {
    const [pageA = none, pageB = none] = [this.#pages[Math.floor(a / pageRows)], this.#pages[Math.floor(b / pageRows)]];
    const [fromA, fromB] = [(a % pageRows) * permutations, (b % pageRows) * permutations];
    let equal = 0;
    for (let index = 0; index < permutations; index += 1) if (pageA[fromA + index] === pageB[fromB + index]) equal += 1;
    return equal / permutations;
  }
}
