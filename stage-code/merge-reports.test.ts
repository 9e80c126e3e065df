import { expect, test } from "vitest";
import { mergeReports } from "./merge-reports.ts";

const example = (where: string) => ({ where, what: "x" });

test("counts are summed, reasons too, and the first examples and warnings are kept", () => {
  const examples = { short: ["a", "b", "c"].map(example) };
  expect(
    mergeReports([
      { in: 5, out: 2, dropped: { short: 3 }, examples, warnings: ["first"], metrics: { changed: 1 }, headline: "one" },
      { in: 1, out: 1, dropped: {}, examples: {} },
      { in: 9, out: 4, dropped: { short: 3, long: 2 }, examples: { short: ["d", "e", "f"].map(example), long: [example("g")] } },
    ]),
  ).toEqual({
    in: 15,
    out: 7,
    dropped: { short: 6, long: 2 },
    examples: { short: ["a", "b", "c", "d", "e"].map(example), long: [example("g")] },
    warnings: ["first"],
  });
});

test("a member that no report has is left out; one that a single report has is kept", () => {
  expect(mergeReports([])).toEqual({});
  expect(mergeReports([{}, { metrics: { loss: 1 } }])).toEqual({});
  expect(mergeReports([{ in: 3 }, {}])).toEqual({ in: 3 });
  expect(mergeReports([{ in: 0, out: 0, dropped: {} }])).toEqual({ in: 0, out: 0, dropped: {} });
});

test("a reason may be any word", () => {
  const report = JSON.parse('{"dropped":{"constructor":1,"__proto__":2},"examples":{"__proto__":[]}}');
  const { dropped, examples } = mergeReports([report, report]);
  expect(JSON.stringify([dropped, examples])).toBe('[{"constructor":2,"__proto__":4},{"__proto__":[]}]');
});

test("warnings that a report left out are added to the count", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `warning ${index}`);
  expect(mergeReports([{ warnings: many(20) }]).warnings).toEqual(many(20));
  const { warnings } = mergeReports([{ warnings: [...many(15), "and 7 more"] }, { warnings: [...many(15), "and 3 more"] }]);
  expect(warnings).toEqual([...many(15), ...many(5), "and 20 more"]);
});
