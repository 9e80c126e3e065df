import { expect, test } from "vitest";
import { compareParameters } from "./compare-parameters.ts";

const long = (end: string) => `${"a".repeat(100)}${end}`;

test.each([
  ["nothing", { a: 1, b: [1] }, { b: [1], a: 1 }, []],
  ["a value", { threshold: 0.8 }, { threshold: 0.7 }, ["threshold 0.8 -> 0.7"]],
  ["a float's last digit", { threshold: 0.1 + 0.2 }, { threshold: 0.3 }, ["threshold 0.30000000000000004 -> 0.3"]],
  ["another type", { a: 1 }, { a: "1" }, ['a 1 -> "1"']],
  ["a value that is set, and one that is not any more", { a: 1 }, { b: 2 }, ["a 1 -> unset", "b unset -> 2"]],
  ["a member", { a: { b: { c: 1, d: 2 } } }, { a: { b: { c: 1, d: 3 } } }, ["a.b.d 2 -> 3"]],
  ["an object that is new", {}, { a: { b: 1, c: 2 } }, ["a.b unset -> 1", "a.c unset -> 2"]],
  ["an object in the place of nothing", { a: null }, { a: { b: 1 } }, ['a null -> {"b":1}']],
  ["an item of a list", { a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, ["a[1].b 2 -> 3"]],
  ["a longer list", { a: [1] }, { a: [1, 2] }, ["a [1] -> [1,2]"]],
  ["the place where long texts part", { a: long("x") }, { a: long("y") }, ['a …aaaaaaaaaax" -> …aaaaaaaaaay"']],
])("%s", (_, before, now, differences) => {
  expect(compareParameters(before, now)).toEqual(differences);
});
