import { expect, test } from "vitest";
import { closest } from "./spelling.ts";

const names = ["minLength", "maxLength", "threshold", "as"];

test.each([
  ["minLenght", "minLength"],
  ["MINLENGTH", "minLength"],
  ["treshold", "threshold"],
  ["ass", "as"],
])("%s means %s", (written, meant) => {
  expect(closest(written, names)).toBe(meant);
});

test.each(["steps", "x", "learningRate"])("%s means none of them", (written) => {
  expect(closest(written, names)).toBeUndefined();
});

test("without candidates there is no suggestion", () => {
  expect(closest("steps", [])).toBeUndefined();
});
