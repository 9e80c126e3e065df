/** Cleaning is idempotent, whatever the text; and what a language needs survives it. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalise } from "../../activities/data/clean/normalise.ts";

const settings = { seed: Number(process.env.CRISOL_SEED ?? 20_261_124), numRuns: 2000 };

/** Pieces that combine in unlucky ways: markup, references, invisible characters, marks, white space. */
const piece = fc.oneof(
  fc.constantFrom(..."<>&;/!?#x \n\t\r\u00a0\u2028\v".split("")),
  fc.constantFrom(
    "<b>",
    "</b>",
    "<p>",
    "</p>",
    "<br/>",
    "<pre>",
    "</pre>",
    "<html>",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<a href='x'>",
  ),
  fc.constantFrom(
    "&lt;",
    "&gt;",
    "&amp;",
    "&amp;lt;",
    "&#60;",
    "&#x3c",
    "&nbsp;",
    "&copy",
    "&#8203;",
    "&#0;",
    "&#55296;",
    "lt;",
    "amp;",
    "#38;",
  ),
  fc.constantFrom(
    "\u200b",
    "\u200c",
    "\u200d",
    "\ufeff",
    "\u202e",
    "\u00ad",
    "\u0000",
    "\u{e0067}",
    "\u{e007f}",
    "\u{1f3f4}",
    "\ud800",
    "\udc00",
    "\ufffe",
  ),
  fc.constantFrom(
    "a",
    "ñ",
    "n\u0303",
    "\u0301",
    "\u0338",
    "e\u0301",
    "K",
    "\u037e",
    "क",
    "\u094d",
    "\u0958",
    "ی",
    "👩",
    "\ufe0f",
    "🏽",
    "가",
    "\u1161",
    "b",
    "p",
  ),
  fc.string({ unit: "grapheme", maxLength: 5 }),
);
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));

describe.each(["auto", "always", "never"] as const)("with html: %s", (html) => {
  test("cleaning is idempotent", () => {
    fc.assert(
      fc.property(text, (dirty) => {
        const once = normalise(dirty, html);
        expect(normalise(once, html)).toBe(once);
      }),
      settings,
    );
  });

  test("the result is in NFC, well-formed, without controls, trimmed", () => {
    fc.assert(
      fc.property(text, (dirty) => {
        const clean = normalise(dirty, html);
        expect(clean).toBe(clean.normalize("NFC").trim());
        expect(clean.isWellFormed()).toBe(true);
        expect(clean).not.toMatch(/[[\p{Cc}\u200b\ufeff\u202a-\u202e\u2066-\u2069]--[\n]]|\n{3}| {2}| \n|\n /v);
      }),
      settings,
    );
  });
});
