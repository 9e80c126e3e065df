import type { ShardRange } from "./protocol.ts";

/** Seconds that an activity of shards is meant to take: long beside a round trip to the server, short for whoever waits for a worker. */
export const ACTIVITY_TAKES = 5;
/** Activities of one workflow of shards, and how many of them may be under way at once: its history stays far below the limits. */
export const ACTIVITIES_OF_A_RANGE = 250;

/** Shards that go into one activity, when each takes so many seconds. */
export function shardsOfAnActivity(seconds: number): number {
  return Math.max(1, Math.floor(ACTIVITY_TAKES / Math.max(seconds, 0.001)));
}

/** Cut shards into ranges of which each is one workflow's. */
export function shardRanges({ from, to }: ShardRange, seconds: number): ShardRange[] {
  const size = shardsOfAnActivity(seconds) * ACTIVITIES_OF_A_RANGE;
  return Array.from({ length: Math.ceil((to - from) / size) }, (_, index) => ({
    from: from + index * size,
    to: Math.min(to, from + (index + 1) * size),
  }));
}

/** Take so many shards off the first of the ranges that are left; undefined when nothing is. */
export function takeShards(left: ShardRange[], size: number): ShardRange | undefined {
  const first = left.shift();
  if (first === undefined || first.to - first.from <= size) return first;
  left.unshift({ from: first.from + size, to: first.to });
  return { from: first.from, to: first.from + size };
}
