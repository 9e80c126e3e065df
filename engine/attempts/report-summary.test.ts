import { expect, it } from "vitest";
import { summaryOf } from "./report-summary.ts";

it("names counts, and the commonest reasons for dropping", () => {
  const dropped = { "too short": 2, empty: 1000, none: 0, "too long": 3, odd: 1 };
  expect(summaryOf({ in: 1240, out: 234, dropped })).toEqual({
    summary: "1,240 in, 234 out, dropped 1,006: empty 1000, too long 3, too short 2, ...",
  });
});

it("is the headline where there is one, and nothing where there is nothing", () => {
  expect(summaryOf({ in: 3, headline: "validation loss 5.360" })).toEqual({ summary: "validation loss 5.360" });
  expect(summaryOf({})).toEqual({});
});
