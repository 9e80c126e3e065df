import { expect, test } from "vitest";
import type { JournalEvent } from "../../schemas/event.ts";
import { type DoneRanges, readerEvent } from "./done-ranges.ts";

const at = "2026-11-24T12:00:00.000Z";
const shards = (from: number, to: number, of = 10, node = "clean"): JournalEvent => ({ type: "shards", at, node, from, to, of });
const log: JournalEvent = { type: "log", at, node: "clean", level: "info", message: "hello" };

function shown(events: readonly JournalEvent[]): unknown[] {
  const nodes = new Map<string, DoneRanges>();
  return events.map((event) => readerEvent(event, nodes));
}

/** How many shards are done after each event. */
function done(...events: JournalEvent[]): unknown[] {
  return shown(events).map((event) => (event as { progress: { done: number } }).progress.done);
}

test("readers see shards as progress, and other events as they are", () => {
  expect(shown([log, shards(0, 3)])).toEqual([
    log,
    { type: "progress", at, node: "clean", progress: { done: 3, total: 10, unit: "shards" } },
  ]);
});

test("a shard that is reported twice counts once, whatever the order and however ranges overlap", () => {
  expect(done(shards(0, 1), shards(4, 6), shards(1, 4), shards(0, 6))).toEqual([1, 3, 6, 6]);
  expect(done(shards(8, 10), shards(0, 1), shards(2, 3), shards(0, 10), shards(5, 6))).toEqual([2, 3, 4, 10, 10]);
  expect(done(shards(0, 2), shards(1, 3), shards(1, 2))).toEqual([2, 3, 3]);
});

test("nodes are counted separately, and one whose number of shards changes starts over", () => {
  expect(done(shards(0, 5), shards(0, 2, 10, "tokenize"), shards(5, 6))).toEqual([5, 2, 6]);
  expect(done(shards(0, 5), shards(0, 2, 11), shards(2, 3, 11))).toEqual([5, 2, 3]);
});
