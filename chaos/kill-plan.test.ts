import { expect, test } from "vitest";
import { xoshiro128 } from "../system/random.ts";
import { drawKills, type TimedNode } from "./kill-plan.ts";

const nodes: TimedNode[] = [
  { name: "read", seconds: 0.1, usesTrainer: false, reportsProgress: false },
  { name: "train", seconds: 60, usesTrainer: true, reportsProgress: true },
  { name: "gate", seconds: 0, usesTrainer: false, reportsProgress: false },
];

test("a seed draws the same kills each time, another seed draws others", () => {
  const draw = (seed: number) => drawKills(nodes, 25, xoshiro128(seed));
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test("kills come in the order of the plan, in every node, each target somewhere, and the trainer only where there is one", () => {
  const kills = drawKills(nodes, 400, xoshiro128(1));
  expect(kills).toHaveLength(400);
  const placed = kills.flatMap(({ moment }) =>
    "node" in moment ? [nodes.findIndex(({ name }) => name === moment.node) + moment.fraction] : [],
  );
  expect(placed).toEqual(placed.toSorted((a, b) => a - b));
  expect(new Set(placed.map(Math.floor))).toEqual(new Set([0, 1, 2]));
  expect(new Set(kills.map(({ target }) => target))).toEqual(new Set(["host", "trainer", "worker", "server", "everything"]));
  const trainers = kills.filter(({ target, moment }) => target === "trainer" && "node" in moment);
  expect(new Set(trainers.map(({ moment }) => "node" in moment && moment.node))).toEqual(new Set(["train"]));
  expect(kills.filter(({ moment }) => "seconds" in moment).length).toBeGreaterThan(20);
});

test("the first kill always waits for a stage: there is no earlier kill to follow at once", () => {
  for (let seed = 0; seed < 50; seed += 1) expect(drawKills(nodes, 3, xoshiro128(seed))[0]?.moment).toHaveProperty("node");
});
