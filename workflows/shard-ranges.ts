/** Seconds that an activity of shards is meant to take: long beside a round trip to the server, short for whoever waits for a worker. */
export const ACTIVITY_TAKES = 5;
/** Activities of one workflow of shards, about: its history stays far below the limits. */
const ACTIVITIES_OF_A_RANGE = 250;

/** Shards that go into one activity, when each takes so many seconds. */
export function shardsOfAnActivity(seconds: number): number {
  return Math.max(1, Math.floor(ACTIVITY_TAKES / Math.max(seconds, 0.001)));
}

/** Cut shards `from` to `to` (exclusive) into ranges of which each is one workflow's. */
export function shardRanges(from: number, to: number, seconds: number): { readonly from: number; readonly to: number }[] {
  const size = shardsOfAnActivity(seconds) * ACTIVITIES_OF_A_RANGE;
  return Array.from({ length: Math.ceil((to - from) / size) }, (_, index) => ({
    from: from + index * size,
    to: Math.min(to, from + (index + 1) * size),
  }));
}
