/**
 * MinHash: a document's set of word 5-grams as a few numbers, whose agreement estimates the Jaccard similarity of two sets.
 *
 * @see Broder 1997, "On the resemblance and containment of documents"
 */
import { mix, type Words } from "../text/words.ts";

/** Words in a shingle. Texts with fewer have one shingle: all of it. */
export const shingleWords = 5;

/** Numbers in a signature. The estimate's standard deviation is at most 0.5 / sqrt(permutations) = 0.044. */
export const permutations = 128;

const multipliers = new Uint32Array(permutations);
const summands = new Uint32Array(permutations);
for (let index = 0, state = 0x6372_6973; index < permutations; index += 1) {
  state = (state + 0x9e3779b9) >>> 0;
  multipliers[index] = mix(state) | 1;
  state = (state + 0x9e3779b9) >>> 0;
  summands[index] = mix(state);
}

/** Hashes of a text's shingles, repeated ones included. */
export function shingleHashes({ hashes, count }: Words, into: Uint32Array): number {
  const shingles = Math.max(count === 0 ? 0 : 1, count - shingleWords + 1);
  for (let first = 0; first < shingles; first += 1) {
    let hash = 0;
    for (let word = first; word < Math.min(first + shingleWords, count); word += 1) {
      hash = Math.imul(hash ^ (hashes[word] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    into[first] = mix(hash);
  }
  return shingles;
}

/** Writes the signature of shingle hashes to `signature`, of `permutations` numbers. */
export function sign(shingles: Uint32Array, count: number, signature: Uint32Array): void {
  signature.fill(0xffffffff);
  for (let permutation = 0; permutation < permutations; permutation += 1) {
    const multiplier = multipliers[permutation] ?? 1;
    const summand = summands[permutation] ?? 0;
    let least = 0xffffffff;
    for (let shingle = 0; shingle < count; shingle += 1) {
      const value = (Math.imul(shingles[shingle] ?? 0, multiplier) + summand) >>> 0;
      if (value < least) least = value;
    }
    signature[permutation] = least;
  }
}
