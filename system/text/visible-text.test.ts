import { expect, test } from "vitest";
import { renderError } from "./error-text.ts";
import { visible } from "./visible-text.ts";

test.each([
  ["a\ufeffb", "a\\u{feff}b"],
  ["\u001b[31mred\u001b[0m", "\\u{1b}[31mred\\u{1b}[0m"],
  ["left \u202eright\u202c", "left \\u{202e}right\\u{202c}"],
  ["\u0000\r\b", "\\u{0}\\u{d}\\u{8}"],
  ["\ud800", "\\u{d800}"],
  ["\u{e0041}", "\\u{e0041}"],
])("%j is shown as %j", (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test.each(["¿Qué año, señor?\n\tsí", "👩‍💻", "می\u200cخواهم", "क्\u200dष"])("%j stays as it is", (text) => {
  expect(visible(text)).toBe(text);
});

test("an error shows what is invisible in each of its parts", () => {
  const parts = { code: "BAD_DATA", what: "what\u202e", where: "a\u001b]0;title\u0007.jsonl", why: "why\ufeff", fix: "fix\r" };
  const text = renderError(parts);
  for (const part of ["what\\u{202e}", "a\\u{1b}]0;title\\u{7}.jsonl", "why\\u{feff}", "fix\\u{d}"]) expect(text).toContain(part);
});
