import type { StageError } from "./protocol.ts";

/** Of two errors of shards, the one to act on: a damaged artifact can be recreated, and the other error may go with it; else the first. */
export function firstError(one: StageError | undefined, other: StageError | undefined): StageError | undefined {
  if (one === undefined) return other;
  return one.producer === undefined && other?.producer !== undefined ? other : one;
}
