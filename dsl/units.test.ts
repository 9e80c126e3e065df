import { expect, test } from "vitest";
import { parseDuration, parseMemory } from "./units.ts";

test.each([
  ["512 MiB", 512],
  ["2 GiB", 2048],
  ["1.5 GiB", 1536],
  ["4 GB", 3815],
])("%s is %i MiB", (text, mebibytes) => {
  expect(parseMemory(text)).toBe(mebibytes);
});

test.each([
  ["1 second", 1],
  ["90 seconds", 90],
  ["1.5 minutes", 90],
  ["6 hours", 21_600],
  ["2 days", 172_800],
])("%s is %i seconds", (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

test.each(["", "2", "2GiB", "2 gb", "-1 GiB", "0 GiB", "0.0001 MiB", "1e3 GiB", "NaN GiB", "9999999999999999 GiB"])(
  "%o is not an amount of memory",
  (text) => {
    expect(() => parseMemory(text)).toThrow('memory is written as "512 MiB", "2 GiB" or "4 GB"');
  },
);

test.each(["", "6", "6 h", "6 hours 30 minutes", "0 hours", "-2 days", "forever"])("%o is not a duration", (text) => {
  expect(() => parseDuration(text)).toThrow("a duration is written as");
});
