import { beforeAll, expect, test } from "vitest";
import { caseFiles, compileCase, tscOnCases } from "./check-cases.ts";
import { mistakes, type SaidByTsc } from "./mistakes.ts";

let said = new Map<string, SaidByTsc[]>();

beforeAll(async () => {
  said = await tscOnCases();
});

test("every case is in the table, and every entry has its file", () => {
  expect(mistakes.map(({ file }) => file).sort()).toEqual(caseFiles);
});

test("the module that cases share compiles", () => {
  expect(said.get("prepared.ts")).toBeUndefined();
});

test.each(mistakes.map((mistake) => [mistake.title, mistake] as const))("%s: tsc says exactly this", (_, { file, tsc }) => {
  expect(said.get(file) ?? []).toEqual(tsc);
});

test.each(mistakes.map((mistake) => [mistake.title, mistake] as const))(
  "%s: compile says exactly this",
  async (_, { file, issues, builds }) => {
    expect(await compileCase(file, builds)).toEqual(issues);
  },
);

test.each(mistakes.map((mistake) => [mistake.title, mistake] as const))("%s: tsc or compile reports it", (_, { tsc, issues }) => {
  expect(tsc.length + issues.length).toBeGreaterThan(0);
});
