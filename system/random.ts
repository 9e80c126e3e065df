/** A source of random numbers that is the same on every machine for a seed. */
export interface Random {
  /** The next number in [0, 1), with 32 random bits. */
  next(): number;
}

/**
 * xoshiro128** by Blackman and Vigna, its state filled from the seed by splitmix32.
 *
 * @see https://prng.di.unimi.it/xoshiro128starstar.c
 */
export function xoshiro128(seed: number): Random {
  const split = splitmix32(seed);
  let [a, b, c, d] = [split(), split(), split(), split()];
  return {
    next() {
      const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = rotateLeft(d, 11);
      return result / 2 ** 32;
    },
  };
}

function rotateLeft(bits: number, by: number): number {
  return (bits << by) | (bits >>> (32 - by));
}

/** Both halves of the seed count, so that seeds above 2^32 differ too. */
function splitmix32(seed: number): () => number {
  let state = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1)) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
}
