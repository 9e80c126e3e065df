import { expect, test } from "vitest";
import type { ShardRange } from "./protocol.ts";
import { ACTIVITIES_OF_A_RANGE, ACTIVITY_SECONDS, shardRanges, shardsOfAnActivity, takeShards } from "./shard-ranges.ts";

const sizes = (ranges: readonly ShardRange[]) => ranges.map(({ from, to }) => to - from);

/** Every activity that would be started for such shards. */
function all(left: ShardRange[], seconds: number): ShardRange[] {
  const taken: ShardRange[] = [];
  for (let range = takeShards(left, seconds); range !== undefined; range = takeShards(left, seconds)) taken.push(range);
  return taken;
}

test("an activity gets shards for a few seconds: one where each takes long, many where they take none", () => {
  expect(shardsOfAnActivity(1000, 1_000_000)).toBe(1);
  expect(shardsOfAnActivity(ACTIVITY_SECONDS / 10, 1_000_000)).toBe(10);
  expect(shardsOfAnActivity(0, 1_000_000)).toBe(shardsOfAnActivity(0.001, 1_000_000));
});

test("where little is left, it is spread over many activities, as long as none gets next to nothing", () => {
  const spread = all([{ from: 0, to: 40 }], 0.25);
  expect(spread).toHaveLength(40);
  const quick = sizes(all([{ from: 0, to: 1000 }], 0.01));
  expect(quick.length).toBeGreaterThan(30);
  expect(Math.min(...quick.slice(0, -1))).toBe(25);
});

test.each([
  [0, 10_000, 0.004],
  [17, 10_000, 5],
  [3, 4, 100],
  [0, 1_000_000, 0.02],
])("ranges cover shards %i to %i once, and so do activities, of which a workflow has few hundred", (from, to, seconds) => {
  const ranges = shardRanges({ from, to }, seconds);
  for (const covering of [ranges, ranges.flatMap((range) => all([range], seconds))]) {
    expect(covering[0]?.from).toBe(from);
    expect(covering.at(-1)?.to).toBe(to);
    for (const [index, range] of covering.entries()) expect(range.from).toBe(covering[index - 1]?.to ?? from);
  }
  for (const range of ranges) expect(all([range], seconds).length).toBeLessThan(2 * ACTIVITIES_OF_A_RANGE);
});

test("nothing left is no range", () => {
  expect(shardRanges({ from: 5, to: 5 }, 1)).toEqual([]);
  expect(takeShards([], 10)).toBeUndefined();
});

test("ranges that are left are used up in their order", () => {
  const left = [
    { from: 0, to: 3 },
    { from: 40, to: 42 },
  ];
  expect(all(left, 100)).toEqual([0, 1, 2, 40, 41].map((from) => ({ from, to: from + 1 })));
});
