import { expect, test } from "vitest";
import type { JournalEvent } from "../../schemas/event.ts";
import { readerEvents } from "./shard-progress.ts";

const at = "2026-11-24T12:00:00.000Z";
const shards = (from: number, to: number, of = 10, node = "clean"): JournalEvent => ({ type: "shards", at, node, from, to, of });
const log: JournalEvent = { type: "log", at, node: "clean", level: "info", message: "hello" };

async function* each(events: readonly JournalEvent[]): AsyncGenerator<JournalEvent> {
  yield* events;
}

async function shown(events: readonly JournalEvent[], from?: number): Promise<unknown[]> {
  return Array.fromAsync(readerEvents(each(events), from));
}

/** How many shards are done after each event. */
async function done(...events: JournalEvent[]): Promise<unknown[]> {
  return (await shown(events)).map((event) => (event as { progress: { done: number } }).progress.done);
}

test("readers see shards as progress, and other events as they are", async () => {
  expect(await shown([log, shards(0, 3)])).toEqual([
    log,
    { type: "progress", at, node: "clean", progress: { done: 3, total: 10, unit: "shards" } },
  ]);
});

test("a shard that is reported twice counts once, whatever the order and however ranges overlap", async () => {
  expect(await done(shards(0, 1), shards(4, 6), shards(1, 4), shards(0, 6))).toEqual([1, 3, 6, 6]);
  expect(await done(shards(8, 10), shards(0, 1), shards(2, 3), shards(0, 10), shards(5, 6))).toEqual([2, 3, 4, 10, 10]);
  expect(await done(shards(0, 2), shards(1, 3), shards(1, 2))).toEqual([2, 3, 3]);
});

test("nodes are counted separately, and one whose number of shards changes starts over", async () => {
  expect(await done(shards(0, 5), shards(0, 2, 10, "tokenize"), shards(5, 6))).toEqual([5, 2, 6]);
  expect(await done(shards(0, 5), shards(0, 2, 11), shards(2, 3, 11))).toEqual([5, 2, 3]);
});

test("a reader that starts later still sees what was done before", async () => {
  const events = [shards(0, 3), log, shards(3, 4)];
  expect(await shown(events, 2)).toEqual([{ type: "progress", at, node: "clean", progress: { done: 4, total: 10, unit: "shards" } }]);
});
