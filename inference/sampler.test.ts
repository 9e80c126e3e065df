import { expect, test } from "vitest";
import { xoshiro128 } from "../system/random.ts";
import { type Sampling, sample } from "./sampler.ts";

const plain: Sampling = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1 };
const logitsOf = (probabilities: readonly number[]) => Float32Array.from(probabilities, Math.log);

/** How often each id is drawn, as a share. */
function shares(probabilities: readonly number[], sampling: Partial<Sampling>, text: number[] = []): number[] {
  const random = xoshiro128(1);
  const draws = 20_000;
  const counts = probabilities.map(() => 0);
  for (let draw = 0; draw < draws; draw += 1) {
    const id = sample(logitsOf(probabilities), text, { ...plain, ...sampling }, random);
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts.map((count) => count / draws);
}

test("draws each token as often as the model says", () => {
  const drawn = shares([0.5, 0.1, 0.3, 0.1], {});
  for (const [id, expected] of [0.5, 0.1, 0.3, 0.1].entries()) expect(drawn[id]).toBeCloseTo(expected, 1);
});

test("temperature 0 takes the likeliest, the first of equals", () => {
  expect(shares([0.2, 0.3, 0.3, 0.2], { temperature: 0 })).toEqual([0, 1, 0, 0]);
});

test("a temperature sharpens or flattens", () => {
  const [sharp] = shares([0.6, 0.4], { temperature: 0.5 });
  const [flat] = shares([0.6, 0.4], { temperature: 5 });
  expect(sharp).toBeCloseTo(0.36 / (0.36 + 0.16), 1);
  expect(flat).toBeCloseTo(0.6 ** 0.2 / (0.6 ** 0.2 + 0.4 ** 0.2), 1);
});

test.each([1e-3, 1e-100, 1e-308, Number.MIN_VALUE])(
  "a temperature of %d takes the likeliest, whatever the sign of the scores",
  (temperature) => {
    expect(shares([0.1, 0.2, 0.6, 0.1], { temperature })).toEqual([0, 0, 1, 0]);
    const choose = (logits: number[]) => sample(Float32Array.from(logits), [], { ...plain, temperature }, xoshiro128(1));
    expect(choose([-5, 30, 29, -90])).toBe(1);
    expect(choose([-5, -3, -4])).toBe(1);
  },
);

test("the smallest and largest penalties give numbers: of the tokens they reach, the likeliest is drawn", () => {
  const choose = (repetitionPenalty: number) =>
    sample(Float32Array.from([3, 5, -2, -1]), [0, 1, 2], { ...plain, repetitionPenalty }, xoshiro128(1));
  expect([0, 1]).toContain(choose(1e-308));
  expect(choose(1e308)).not.toBe(2);
});

test("top-k keeps the k likeliest, in their proportions", () => {
  const drawn = shares([0.1, 0.4, 0.2, 0.3], { topK: 2 });
  expect(drawn[0]).toBe(0);
  expect(drawn[2]).toBe(0);
  expect(drawn[1]).toBeCloseTo(4 / 7, 1);
  expect(shares([0.5, 0.5], { topK: 9 }).every((share) => share > 0.4)).toBe(true);
});

test("top-p keeps the fewest of the likeliest that reach p", () => {
  expect(shares([0.1, 0.5, 0.3, 0.1], { topP: 0.5 })).toEqual([0, 1, 0, 0]);
  const drawn = shares([0.1, 0.5, 0.3, 0.1], { topP: 0.7 });
  expect(drawn[0]).toBe(0);
  expect(drawn[3]).toBe(0);
  expect(drawn[1]).toBeCloseTo(5 / 8, 1);
});

test("top-p applies to what top-k left", () => {
  const drawn = shares([0.4, 0.3, 0.2, 0.1], { topK: 2, topP: 0.55 });
  expect(drawn).toEqual([1, 0, 0, 0]);
});

test("the penalty makes tokens of the text less likely, whatever the sign of their logits", () => {
  const choose = (logits: number[], text: number[]) =>
    sample(Float32Array.from(logits), text, { ...plain, temperature: 0, repetitionPenalty: 2 }, xoshiro128(0));
  expect(choose([3, 2], [])).toBe(0);
  expect(choose([3, 2], [0, 0, 0])).toBe(1);
  expect(choose([-2, -3], [0])).toBe(1);
  expect(choose([-1, -3], [0])).toBe(0);
});

test("logits are not modified", () => {
  const logits = Float32Array.of(1, 2, 3);
  sample(logits, [0, 1], { temperature: 0.3, topK: 2, topP: 0.5, repetitionPenalty: 1.5 }, xoshiro128(0));
  expect([...logits]).toEqual([1, 2, 3]);
});
