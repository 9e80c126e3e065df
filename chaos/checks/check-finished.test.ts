import { expect, test } from "vitest";
import type { JournalEvent } from "../../schemas/event.ts";
import { someDigest } from "../../test/fixtures/temporary-store.ts";
import { ranAgain } from "./check-finished.ts";

const at = (second: number) => new Date(second * 1000).toISOString();
const attempt = (second: number, number = 1): JournalEvent => ({ type: "attempt", at: at(second), node: "clean", attempt: number });
const done = (second: number): JournalEvent => ({
  type: "node",
  at: at(second),
  node: { name: "clean", stage: "clean", status: "done", cached: false, attempts: 1, key: someDigest("a") },
});
const shards = (from: number, to: number, ran: boolean): JournalEvent => ({
  type: "shards",
  at: at(1),
  node: "clean",
  from,
  to,
  of: 9,
  ran,
});
const neverWritten = () => undefined;

test("attempts that were killed before the stage was done are not reported", () => {
  expect(ranAgain([attempt(1), attempt(2, 2), done(3)], () => 2_500)).toEqual([]);
});

test("an attempt after the stage was done is reported", () => {
  expect(ranAgain([attempt(1), done(2), attempt(3, 2)], neverWritten)).toEqual(["attempt 2 of clean began after the stage was done"]);
});

test("an attempt after the record was written is reported, even if the stage was not yet reported as done", () => {
  expect(ranAgain([attempt(1), attempt(3, 2), done(4)], () => 2_500)).toEqual([
    "attempt 2 of clean began 500 ms after its record was written",
  ]);
});

test("a shard that is found done again and again is not reported, one that runs twice is", () => {
  expect(ranAgain([shards(0, 3, true), shards(0, 3, false), shards(3, 5, true), shards(0, 9, false)], neverWritten)).toEqual([]);
  expect(ranAgain([shards(0, 3, true), shards(2, 4, true)], neverWritten)).toEqual(["shard 2 of clean ran twice"]);
});
