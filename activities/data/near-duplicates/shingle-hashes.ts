/** An upper bound on the Jaccard similarity, cheap enough for every pair of a corpus written from one template. */
import type { WordScanner } from "../text/words.ts";
import { shingleHashes } from "./signatures.ts";

/** Hashes kept, of 4 bytes each: 64 MiB. */
const mostKept = 16 * 1024 * 1024;

/** Distinct shingles with the same hash make a set look smaller: by far less than this share, for texts of any length. */
const collisions = 0.01;

/** The distinct shingle hashes of texts, in order; the least recently used are forgotten first. */
export class ShingleHashes {
  readonly #textOf: (text: number) => string;
  readonly #scanner: WordScanner;
  readonly #sets = new Map<number, Uint32Array>();
  readonly #room: number;
  #kept = 0;

  /** `textOf` returns the folded text of a number; `room` is the number of hashes to keep. */
  constructor(textOf: (text: number) => string, scanner: WordScanner, room: number = mostKept) {
    this.#textOf = textOf;
    this.#scanner = scanner;
    this.#room = room;
  }

  /** An upper bound on the Jaccard similarity of two texts. */
  most(a: number, b: number): number {
    const [one, other] = [this.#of(a), this.#of(b)];
    const shared = sharedBy(one, other);
    return (shared * (1 + collisions)) / (one.length + other.length - shared);
  }

  #of(text: number): Uint32Array {
    const known = this.#sets.get(text);
    if (known !== undefined) return known;
    const words = this.#scanner.scan(this.#textOf(text));
    const all = new Uint32Array(Math.max(1, words.count));
    const set = different(all.subarray(0, shingleHashes(words, all)));
    this.#sets.set(text, set);
    this.#kept += set.length;
    for (const [oldest, { length }] of this.#sets) {
      if (this.#kept <= this.#room || oldest === text) break;
      this.#sets.delete(oldest);
      this.#kept -= length;
    }
    return set;
  }
}

function different(hashes: Uint32Array): Uint32Array {
  hashes.sort();
  let size = 0;
  for (const hash of hashes) {
    if (size > 0 && hashes[size - 1] === hash) continue;
    hashes[size] = hash;
    size += 1;
  }
  return hashes.slice(0, size);
}

function sharedBy(one: Uint32Array, other: Uint32Array): number {
  let [at, otherAt, shared] = [0, 0, 0];
  while (at < one.length && otherAt < other.length) {
    const [hash = 0, otherHash = 0] = [one[at], other[otherAt]];
    if (hash === otherHash) shared += 1;
    if (hash <= otherHash) at += 1;
    if (otherHash <= hash) otherAt += 1;
  }
  return shared;
}
