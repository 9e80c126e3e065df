import { expect, test } from "vitest";
import { StageReport } from "../schemas/record.ts";
import { shorten, Tally } from "./tally.ts";

test("counts every drop and keeps five examples of each reason", () => {
  const tally = new Tally();
  for (let index = 0; index < 9; index += 1) tally.drop("broken", `a:${index}`, "x");
  tally.drop("empty", "b:1", "");
  const report = StageReport.parse(tally.report({ files: 2 }));
  expect(report.dropped).toEqual({ broken: 9, empty: 1 });
  expect(report.examples?.broken?.map(({ where }) => where)).toEqual(["a:0", "a:1", "a:2", "a:3", "a:4"]);
  expect(report).not.toHaveProperty("warnings");
  expect(tally.bad).toBe(10);
});

test("keeps twenty warnings and counts the rest", () => {
  const tally = new Tally();
  for (let index = 0; index < 25; index += 1) tally.warn(`${index}`);
  expect(tally.report().warnings).toHaveLength(21);
  expect(tally.report().warnings?.at(-1)).toBe("and 5 more");
});

test("shows a text on one line, escaped, cut at the end of a character", () => {
  expect(shorten("año\n\tnuevo\u0000\u202e")).toBe("año nuevo\\u{0}\\u{202e}");
  const long = shorten("👩".repeat(300));
  expect(long.length).toBeLessThanOrEqual(120);
  expect(long.isWellFormed()).toBe(true);
});
