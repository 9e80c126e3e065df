import { expect, test } from "vitest";
import type { JournalEvent } from "../../schemas/event.ts";
import type { JsonObject } from "../../schemas/json.ts";
import type { PlanNode } from "../../schemas/plan.ts";
import { someDigest } from "../../test/fixtures/temporary-store.ts";
import { lostTooMuch, lostWork } from "./check-training.ts";

const at = (second: number) => new Date(second * 1000).toISOString();
const attempt = (second: number): JournalEvent => ({ type: "attempt", at: at(second), node: "train", attempt: 1 });
const log = (second: number, message: string): JournalEvent => ({ type: "log", at: at(second), node: "train", level: "info", message });
const step = (second: number, done: number): JournalEvent => ({
  type: "progress",
  at: at(second),
  node: "train",
  progress: { done, total: 400, unit: "steps" },
});
const saved = (second: number, done: number) => log(second, `checkpoint of step ${done} is in the store`);
const resumed = (second: number, done: number) => log(second, `going on from the checkpoint of step ${done}`);

function nodes(params: JsonObject): PlanNode[] {
  const resources = { cpus: 1, gpus: 0, memory: 1, timeout: 1, attempts: 3 } as const;
  return [{ name: "train", stage: "train", inputs: [], outputs: {}, params, code: someDigest("c"), runtime: {}, resources }];
}

test("the steps between the last one reported and the one that the next attempt resumed from are lost", () => {
  const killed = [attempt(0), step(1, 10), saved(2, 25), step(3, 40), attempt(5), resumed(6, 25), step(7, 30)];
  expect(lostWork(killed)).toEqual([{ node: "train", reached: 40, resumed: 25, seconds: 1 }]);
  const early = [attempt(0), step(1, 10), attempt(5), step(7, 3)];
  expect(lostWork(early)).toEqual([{ node: "train", reached: 10, resumed: 0, seconds: 0 }]);
});

test("an attempt that was killed before its first step loses nothing, and hides no loss of the previous one", () => {
  const events = [attempt(0), saved(2, 25), step(3, 40), attempt(5), resumed(6, 25), attempt(8), resumed(9, 25), step(10, 30)];
  expect(lostWork(events)).toMatchObject([{ reached: 40, resumed: 25 }]);
});

test("steps that an attempt repeats are lost again with it", () => {
  const events = [attempt(0), saved(2, 25), step(3, 40), attempt(5), resumed(6, 25), step(7, 35), attempt(8), resumed(9, 25), step(10, 26)];
  expect(lostWork(events)).toMatchObject([
    { reached: 40, resumed: 25, seconds: 1 },
    { reached: 35, resumed: 25, seconds: 0 },
  ]);
});

test("more than the steps between two checkpoints is too much", () => {
  const lost = [{ node: "train", reached: 50, resumed: 25, seconds: 100 }];
  expect(lostTooMuch(lost, nodes({ checkpointEverySteps: 25, checkpointEverySeconds: 1 }))).toEqual([]);
  expect(lostTooMuch(lost, nodes({ checkpointEverySteps: 24 }))).toEqual([
    "train had reached step 50 and resumed from step 25: more than the 24 steps between two checkpoints",
  ]);
});

test("where states are saved by time, more than that time is too much", () => {
  const lost = (seconds: number) => [{ node: "train", reached: 50, resumed: 25, seconds }];
  expect(lostTooMuch(lost(39), nodes({ checkpointEverySeconds: 30 }))).toEqual([]);
  expect(lostTooMuch(lost(41), nodes({ checkpointEverySeconds: 30 }))).toEqual([
    "train had reached step 50 and resumed from step 25, 41 s of work: more than the 30 s between two checkpoints",
  ]);
});
