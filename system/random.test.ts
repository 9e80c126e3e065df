import { expect, test } from "vitest";
import { xoshiro128 } from "./random.ts";

/** The same algorithm on BigInts, word by word as its authors wrote it, from the first states of splitmix32. */
function reference(seed: number): () => number {
  const word = (value: bigint) => BigInt.asUintN(32, value);
  const rotate = (value: bigint, by: bigint) => word((value << by) | (word(value) >> (32n - by)));
  let state = BigInt(seed);
  const split = () => {
    state = word(state + 0x9e3779b9n);
    let mixed = word((state ^ (state >> 16n)) * 0x21f0aaadn);
    mixed = word((mixed ^ (mixed >> 15n)) * 0x735a2d97n);
    return mixed ^ (mixed >> 15n);
  };
  const s = [split(), split(), split(), split()] as [bigint, bigint, bigint, bigint];
  return () => {
    const result = word(rotate(word(s[1] * 5n), 7n) * 9n);
    const shifted = word(s[1] << 9n);
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate(s[3], 11n);
    return Number(result) / 2 ** 32;
  };
}

test.each([0, 1, 42, 2 ** 31, 2 ** 32 - 1])("is xoshiro128**, seed %d", (seed) => {
  const random = xoshiro128(seed);
  const expected = reference(seed);
  for (let count = 0; count < 1000; count += 1) expect(random.next()).toBe(expected());
});

test("is uniform, and differs by seed, even above 2^32", () => {
  const seeds = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
  expect(new Set(seeds.map((seed) => xoshiro128(seed).next())).size).toBe(seeds.length);
  const random = xoshiro128(7);
  const bins = new Array<number>(10).fill(0);
  for (let count = 0; count < 100_000; count += 1) {
    const bin = Math.floor(random.next() * 10);
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  for (const bin of bins) expect(Math.abs(bin - 10_000)).toBeLessThan(500);
});
