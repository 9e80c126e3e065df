import { inspect } from "node:util";
import { expect, test } from "vitest";
import { files } from "./files.ts";
import { describeArtifact, originOf } from "./handle.ts";
import { PipelineMistake } from "./mistake.ts";

const handle = files("data/*.jsonl", "more/*.txt");

test.each([
  ["a template", () => `${handle}`],
  ["String()", () => String(handle)],
  ["JSON.stringify", () => JSON.stringify({ handle })],
  ["arithmetic", () => Number(handle)],
])("a handle in %s throws, and says what to do", (_, use) => {
  expect(use).toThrow(PipelineMistake);
  expect(use).toThrow(/files\("data\/\*\.jsonl", "more\/\*\.txt"\) is a handle: .*pass the handle itself to a stage/);
});

test("a handle can be looked at while debugging", () => {
  expect(inspect(handle)).toBe('[files("data/*.jsonl", "more/*.txt")]');
});

test("a handle cannot be changed", () => {
  expect(() => Object.assign(handle, { kind: "documents" })).toThrow(TypeError);
  expect(Object.isFrozen(handle)).toBe(true);
});

test("only handles have an origin", () => {
  expect(originOf(handle)?.kind).toBe("files");
  for (const value of [undefined, null, 1, "files", {}, { ...handle }]) expect(originOf(value)).toBeUndefined();
});

test("an artifact is described as its type is written", () => {
  expect(describeArtifact("documents", ["sealed", "clean"])).toBe("documents<clean, sealed>");
  expect(describeArtifact("report", [])).toBe("report");
});
