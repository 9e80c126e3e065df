import { expect, test } from "vitest";
import { ACTIVITIES_OF_A_RANGE, ACTIVITY_TAKES, shardRanges, shardsOfAnActivity, takeShards } from "./shard-ranges.ts";

test("an activity gets shards for a few seconds: one where each takes long, many where they take none", () => {
  expect(shardsOfAnActivity(1000)).toBe(1);
  expect(shardsOfAnActivity(ACTIVITY_TAKES / 10)).toBe(10);
  expect(shardsOfAnActivity(0)).toBe(shardsOfAnActivity(0.001));
});

test.each([
  [0, 10_000, 0.004],
  [17, 10_000, 5],
  [3, 4, 100],
])("ranges cover shards %i to %i once, and each is one workflow's work", (from, to, seconds) => {
  const ranges = shardRanges({ from, to }, seconds);
  expect(ranges[0]?.from).toBe(from);
  expect(ranges.at(-1)?.to).toBe(to);
  for (const [index, range] of ranges.entries()) {
    expect(range.from).toBe(ranges[index - 1]?.to ?? from);
    expect(Math.ceil((range.to - range.from) / shardsOfAnActivity(seconds))).toBeLessThanOrEqual(ACTIVITIES_OF_A_RANGE);
  }
});

test("nothing left is no range", () => {
  expect(shardRanges({ from: 5, to: 5 }, 1)).toEqual([]);
  expect(takeShards([], 10)).toBeUndefined();
});

test("shards are taken off the first range, which may be less than was asked for", () => {
  const left = [
    { from: 0, to: 25 },
    { from: 40, to: 45 },
  ];
  const taken = [takeShards(left, 10), takeShards(left, 10), takeShards(left, 10), takeShards(left, 10), takeShards(left, 10)];
  expect(taken).toEqual([{ from: 0, to: 10 }, { from: 10, to: 20 }, { from: 20, to: 25 }, { from: 40, to: 45 }, undefined]);
});
