import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LivenessClock } from "./liveness-clock.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "Date"] }));
afterEach(() => void vi.useRealTimers());

test("silence lasts from the last sign on, whatever the wall clock shows", () => {
  const silence = new LivenessClock(2_000);
  vi.advanceTimersByTime(1_000);
  vi.setSystemTime(0);
  expect(silence.look()).toBe(1_000);
  vi.advanceTimersByTime(1_500);
  expect(silence.look()).toBe(2_500);
  silence.heard();
  vi.advanceTimersByTime(500);
  expect(silence.look()).toBe(500);
});

test("time in which nobody looked counts for no more than one look may add", () => {
  const silence = new LivenessClock(2_000);
  vi.advanceTimersByTime(3_600_000);
  expect(silence.look()).toBe(2_000);
});
