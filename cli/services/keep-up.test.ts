import { expect, test } from "vitest";
import { keepUp } from "./keep-up.ts";

const quiet = { ended: async () => undefined, failed: async () => undefined };

test("starts again at once the first time, then after longer and longer waits", async () => {
  const stop = new AbortController();
  const starts: number[] = [];
  const began = performance.now();
  await keepUp(
    async (restarts) => {
      expect(restarts).toBe(starts.length);
      starts.push(performance.now() - began);
      if (starts.length === 4) stop.abort();
      return { ended: Promise.resolve("exit code 1") };
    },
    quiet,
    stop.signal,
  );
  const [first = 0, second = 0, third = 0, fourth = 0] = starts;
  expect(second - first).toBeLessThan(250);
  expect(third - second).toBeGreaterThan(400);
  expect(fourth - third).toBeGreaterThan(900);
});

test("a start that throws counts as an end, and is told with how many there were", async () => {
  const stop = new AbortController();
  const told: [unknown, number][] = [];
  const broken = new Error("no such program");
  await keepUp(
    async () => Promise.reject(broken),
    {
      ...quiet,
      failed: async (error, times) => {
        told.push([error, times]);
        if (times === 2) stop.abort();
      },
    },
    stop.signal,
  );
  expect(told).toEqual([
    [broken, 1],
    [broken, 2],
  ]);
});

test("stops while it waits", async () => {
  const stop = new AbortController();
  let starts = 0;
  const launch = async () => {
    starts += 1;
    return { ended: Promise.resolve("exit code 0") };
  };
  const kept = keepUp(launch, quiet, stop.signal);
  setTimeout(() => stop.abort(), 50);
  await kept;
  expect(starts).toBe(2);
});
