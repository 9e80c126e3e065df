import { expect, test } from "vitest";
import { nameChoice } from "./name-choice.ts";

test("a similar name is suggested, if there is one", () => {
  expect(nameChoice("ownn", ["quickstart", "own", "other"])).toBe('quickstart, own, other (did you mean "own"?)');
  expect(nameChoice("nothing-like-it", ["quickstart", "own"])).toBe("quickstart, own");
});

test("names are listed once each, and no more of them than one can read", () => {
  const names = Array.from({ length: 300 }, (_, index) => `t${index}`);
  const choice = nameChoice("t2999", [...names, ...names]);
  expect(choice).toMatch(/^t0, t1, .* and 288 more \(did you mean "t299"\?\)$/);
  expect(choice.match(/t0\b/g)).toHaveLength(1);
});
