import type { ShardRange } from "./protocol.ts";

/** How long an activity of shards is meant to take: long compared with a round trip to the server, short for runs waiting for a worker. */
export const ACTIVITY_SECONDS = 5;
/** Where little is left, less, so that all workers have something to do; but not so little that round trips count. */
const LEAST_ACTIVITY_SECONDS = 0.25;
/** Activities that what is left is spread over, at least. */
const SPREAD_OVER = 32;
/** Activities of one workflow of shards, about, and how many of them may be under way at once: its history stays far below the limits. */
export const ACTIVITIES_OF_A_RANGE = 250;

/** Shards that go into the next activity, when each takes so many seconds, and so many are left. */
export function shardsOfAnActivity(seconds: number, left: number): number {
  const each = Math.max(seconds, 0.001);
  const takes = Math.min(ACTIVITY_SECONDS, Math.max(LEAST_ACTIVITY_SECONDS, (each * left) / SPREAD_OVER));
  return Math.max(1, Math.floor(takes / each));
}

/** Cut shards into ranges of which each is one workflow's. */
export function shardRanges({ from, to }: ShardRange, seconds: number): ShardRange[] {
  const size = shardsOfAnActivity(seconds, Number.POSITIVE_INFINITY) * ACTIVITIES_OF_A_RANGE;
  return Array.from({ length: Math.ceil((to - from) / size) }, (_, index) => ({
    from: from + index * size,
    to: Math.min(to, from + (index + 1) * size),
  }));
}

/** Take the next activity's shards off the first of the ranges that are left; undefined when nothing is. */
export function takeShards(left: ShardRange[], seconds: number): ShardRange | undefined {
  const size = shardsOfAnActivity(
    seconds,
    left.reduce((sum, { from, to }) => sum + to - from, 0),
  );
  const first = left.shift();
  if (first === undefined || first.to - first.from <= size) return first;
  left.unshift({ from: first.from + size, to: first.to });
  return { from: first.from, to: first.from + size };
}
