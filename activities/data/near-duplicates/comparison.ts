/** Exact Jaccard similarity of two texts' sets of word 5-grams: hashes only find where to look, words decide. */
import type { WordScanner, Words } from "../text/words.ts";
import { shingleHashes, shingleWords } from "./signatures.ts";

/** A text's words as numbers, and the first occurrence of each of its shingles. */
interface ShingleSet {
  readonly words: Int32Array;
  /** The first position of each distinct shingle, with its hash. */
  readonly firsts: Uint32Array;
  readonly hashes: Uint32Array;
  readonly size: number;
}

/** Compares one text with many: its own shingles are kept. */
export class Comparison {
  readonly #scanner: WordScanner;
  readonly #numbers = new Map<string, number>();
  readonly #set: ShingleSet;
  readonly #table: ShingleTable;

  /** `text` is folded. */
  constructor(text: string, scanner: WordScanner) {
    this.#scanner = scanner;
    const built = this.#build(text);
    this.#set = built.set;
    this.#table = built.table;
  }

  /** The Jaccard similarity with another folded text; 0 for two texts without words. */
  jaccard(text: string): number {
    const { set } = this.#build(text);
    let shared = 0;
    for (let index = 0; index < set.size; index += 1) {
      if (this.#table.has(set.words, set.firsts[index] ?? 0, set.hashes[index] ?? 0)) shared += 1;
    }
    const union = this.#set.size + set.size - shared;
    return union === 0 ? 0 : shared / union;
  }

  #build(text: string): { set: ShingleSet; table: ShingleTable } {
    const found = this.#scanner.scan(text);
    const words = this.#number(text, found);
    const shingles = new Uint32Array(Math.max(1, found.count));
    const count = shingleHashes(found, shingles);
    const firsts = new Uint32Array(count);
    const hashes = new Uint32Array(count);
    const table = new ShingleTable(words, count);
    let size = 0;
    for (let at = 0; at < count; at += 1) {
      const hash = shingles[at] ?? 0;
      if (!table.add(at, hash)) continue;
      firsts[size] = at;
      hashes[size] = hash;
      size += 1;
    }
    return { set: { words, firsts, hashes, size }, table };
  }

  #number(text: string, { starts, ends, count }: Words): Int32Array {
    const words = new Int32Array(count);
    for (let index = 0; index < count; index += 1) {
      const word = text.slice(starts[index], ends[index]);
      let number = this.#numbers.get(word);
      if (number === undefined) {
        number = this.#numbers.size;
        this.#numbers.set(word, number);
      }
      words[index] = number;
    }
    return words;
  }
}

/** The distinct shingles of one text. */
class ShingleTable {
  readonly #words: Int32Array;
  /** A shingle's position + 1; 0: free. */
  readonly #slots: Uint32Array;
  readonly #hashes: Uint32Array;
  readonly #mask: number;

  constructor(words: Int32Array, capacity: number) {
    let size = 16;
    while (size < capacity * 2) size *= 2;
    this.#words = words;
    this.#slots = new Uint32Array(size);
    this.#hashes = new Uint32Array(size);
    this.#mask = size - 1;
  }

  /** Add the shingle at a position; false when it was already added. */
  add(at: number, hash: number): boolean {
    const slot = this.#slotOf(this.#words, at, hash);
    if (this.#slots[slot] !== 0) return false;
    this.#slots[slot] = at + 1;
    this.#hashes[slot] = hash;
    return true;
  }

  has(words: Int32Array, at: number, hash: number): boolean {
    return this.#slots[this.#slotOf(words, at, hash)] !== 0;
  }

  #slotOf(words: Int32Array, at: number, hash: number): number {
    let slot = hash & this.#mask;
    for (;;) {
      const position = this.#slots[slot] ?? 0;
      if (position === 0 || (this.#hashes[slot] === hash && this.#isSame(position - 1, words, at))) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #isSame(own: number, words: Int32Array, at: number): boolean {
    for (let word = 0; word < shingleWords; word += 1) {
      if (this.#words[own + word] !== words[at + word]) return false;
    }
    return true;
  }
}
