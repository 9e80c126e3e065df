import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { paramsWithSchemas, schemaIssues } from "./schema-files.ts";

let project: string;
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "crisol-schemas-"));
  const files = {
    "good.json": '{ "type": "object" }',
    "wrong.json": '{ "typ": 1, "properties": { "a": { "format": "phone" } } }',
    "list.json": "[]",
    "cut.json": '{ "type": ',
    "large.json": JSON.stringify({ description: "x".repeat(300_000) }),
    "deep.json": `{ "const": ${"[".repeat(100_000)}${"]".repeat(100_000)} }`,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

const messages = async (...files: readonly string[]) =>
  (
    await schemaIssues(
      files.map((file) => ({ file, path: ["p.ts:3", "ingest", "schema"] })),
      project,
    )
  ).map(({ message }) => message);

test("a good schema has no issue", async () => {
  expect(await messages("good.json")).toEqual([]);
});

test("the issues of all files are reported together, each by the file and the place in it", async () => {
  expect(await messages("wrong.json", "none.json", "list.json", "cut.json", "large.json", "deep.json")).toEqual([
    'wrong.json#/typ: the draft has no keyword "typ"',
    expect.stringContaining('wrong.json#/properties/a/format: "phone" is not a format'),
    expect.stringContaining("none.json cannot be read: ENOENT"),
    "list.json is not a JSON object",
    expect.stringContaining("cut.json is not JSON: "),
    "large.json has 300018 bytes, and at most 262144 are possible",
    "deep.json: it is nested more than 128 levels deep",
  ]);
});

test("an issue says where the file is named, and what to do", async () => {
  expect(await schemaIssues([{ file: "none.json", path: ["p.ts:3", "ingest", "schema"] }], project)).toMatchObject([
    { code: "schema-unusable", path: ["p.ts:3", "ingest", "schema"], fix: "write it: paths are relative to the project's folder" },
  ]);
});

test("a plan holds what the file says in the place of its name", async () => {
  expect(await paramsWithSchemas({ schema: { schemaFile: "good.json" }, text: "body" }, project)).toEqual({
    schema: { type: "object" },
    text: "body",
  });
});
