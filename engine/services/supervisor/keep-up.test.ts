import { expect, onTestFinished, test, vi } from "vitest";
import { keepUp, waitAfter } from "./keep-up.ts";

const quiet = { ended: async () => undefined, failed: async () => undefined };

test("restarts, with longer waits after more ends", async () => {
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
  const [, second = 0, third = 0, fourth = 0] = starts;
  expect(third - second).toBeGreaterThan(240);
  expect(fourth - third).toBeGreaterThan(490);
});

test("a clock that is set forward does not make a short life look long", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const stop = new AbortController();
  const starts: number[] = [];
  const launch = async () => {
    starts.push(performance.now());
    vi.setSystemTime(Date.now() + 3_600_000);
    if (starts.length === 4) stop.abort();
    // the clock jumps while it is up
    return { ended: Promise.resolve("exit code 1").finally(() => vi.setSystemTime(Date.now() + 3_600_000)) };
  };
  await keepUp(launch, quiet, stop.signal);
  const [, , third = 0, fourth = 0] = starts;
  expect(fourth - third).toBeGreaterThan(490);
});

test("what was up is back within a second however often it is killed; what does not come up is retried less and less often", () => {
  const waits = (how: "ended" | "failed") => [0, 1, 2, 3, 4, 50, 5000].map((ends) => waitAfter(ends, how));
  expect(waits("ended")).toEqual([0, 250, 500, 1000, 1000, 1000, 1000]);
  expect(waits("failed")).toEqual([0, 250, 500, 1000, 2000, 30_000, 30_000]);
});

test("a start that throws counts as an end, and is reported with the number of failures", async () => {
  const stop = new AbortController();
  const reported: [unknown, number][] = [];
  const broken = new Error("no such program");
  await keepUp(
    async () => Promise.reject(broken),
    {
      ...quiet,
      failed: async (error, times) => {
        reported.push([error, times]);
        if (times === 2) stop.abort();
      },
    },
    stop.signal,
  );
  expect(reported).toEqual([
    [broken, 1],
    [broken, 2],
  ]);
});

test("an end after a successful start is not a failed start", async () => {
  const stop = new AbortController();
  const reported: number[] = [];
  await keepUp(
    async (restarts) => (restarts === 2 ? Promise.reject(new Error("not this time")) : { ended: Promise.resolve("signal SIGKILL") }),
    {
      ...quiet,
      failed: async (_, times) => {
        reported.push(times);
        stop.abort();
      },
    },
    stop.signal,
  );
  expect(reported).toEqual([1]);
});

test("stops during a wait", async () => {
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
