import { expect, test } from "vitest";
import { checkedReport } from "./check-report.ts";

test("a report is returned as it is; undefined is an empty report", () => {
  const report = { in: 3, out: 2, dropped: { short: 1 }, metrics: { loss: 0.5 }, warnings: ["few"] };
  expect(checkedReport(report, "stage a")).toStrictEqual(report);
  expect(checkedReport(undefined, "stage a")).toStrictEqual({});
});

test.each([
  ["a text", "garbage", /report: .*expected object/],
  ["a list", [1, 2], /report: .*expected object/],
  ["a negative count", { in: -3 }, /report\.in: /],
  ["half a record dropped", { dropped: { short: 1.5 } }, /report\.dropped\.short: /],
  ["a figure that is not a number", { metrics: { loss: Number.NaN } }, /report\.metrics\.loss: /],
])("%s makes a report invalid, which is the stage's own mistake", (_, returned, what) => {
  expect(() => checkedReport(returned, "stage a (a)")).toThrow(
    expect.objectContaining({
      parts: expect.objectContaining({ code: "STAGE_FAILED", where: "stage a (a)", what: expect.stringMatching(what) }),
    }),
  );
});

test("a report of megabytes is refused, with advice on where the rest belongs", () => {
  expect(() => checkedReport({ metrics: { all: "z".repeat(2 << 20) } }, "stage a")).toThrow(
    expect.objectContaining({
      parts: expect.objectContaining({ code: "STAGE_FAILED", fix: expect.stringContaining("write the rest to an output") }),
    }),
  );
});
