import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { reportLines } from "./stage-report-lines.ts";

test("a report shows its counts, drop reasons with examples (the most frequent first), figures and warnings", () => {
  const lines = reportLines({
    in: 1233,
    out: 1200,
    dropped: { empty: 1, few_letters: 32, bomb: 0 },
    examples: { few_letters: [{ where: "data/1790.json#0", what: `1 2 3\n${"4 ".repeat(200)}` }] },
    metrics: { loss: 2.5, interval: [2, 3] },
    warnings: ["look at it"],
  }).map(stripVTControlCharacters);
  expect(lines[2]).toMatch(/^ {2}data\/1790\.json#0: 1 2 3 4 4 .{100,}…$/);
  expect(lines.toSpliced(2, 1)).toEqual([
    "1,233 in, 1,200 out",
    "dropped 32: few_letters",
    "dropped 1: empty",
    "loss 2.5",
    "interval [2,3]",
    "warning: look at it",
  ]);
  expect(reportLines({})).toEqual([]);
});
