import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isCrisolError } from "../../../schemas/error.ts";
import type { JsonObject } from "../../../schemas/json.ts";
import { StageHarness, type StageResult } from "../../../test/stage-harness.ts";
import * as code from "./run.ts";
import { ingest } from "./stage.ts";

let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
});
afterAll(() => harness.close());

const speeches: JsonObject = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  required: ["text", "year"],
  properties: { text: { type: "string", minLength: 3 }, year: { type: "integer", minimum: 1790 }, name: { pattern: "^[A-Z]" } },
  additionalProperties: false,
};

interface Given {
  readonly schema?: JsonObject;
  readonly contents: Readonly<Record<string, string>>;
  readonly params?: object;
}

async function call({ schema = speeches, contents, params = {} }: Given) {
  await writeFile(join(harness.project, "record.schema.json"), JSON.stringify(schema));
  return { inputs: { from: await harness.files(contents) }, params: { maxBad: 1, schema: "record.schema.json", ...params } };
}

const ingested = async (given: Given): Promise<StageResult> => harness.run(ingest, code, await call(given));
const texts = async ({ outputs }: StageResult) => (await harness.read(outputs.documents)).map(({ text }) => text);
const lines = (...records: readonly unknown[]) => records.map((record) => `${JSON.stringify(record)}\n`).join("");

const mixed = lines(
  { text: "good one", year: 1790, name: "Adams" },
  { text: "no year" },
  { text: "old", year: 12 },
  { text: "name", year: 1800, name: "adams" },
  { text: "more", year: 1801, more: 1 },
  { text: "12", year: 1802 },
  ["a list"],
  { text: "good two", year: 1803 },
);

test("a record that the schema refuses is dropped, with the place in it and what is wrong as the example", async () => {
  const result = await ingested({ contents: { "a/a.jsonl": mixed } });
  expect(await texts(result)).toEqual(["good one", "good two"]);
  expect(result.report).toMatchObject({ in: 8, out: 2, dropped: { schema: 6 } });
  expect(result.report.examples?.schema).toEqual([
    { where: "a/a.jsonl:2 (byte 47)", what: "must have required property 'year'" },
    { where: "a/a.jsonl:3 (byte 66)", what: "/year must be >= 1790" },
    { where: "a/a.jsonl:4 (byte 91)", what: '/name must match pattern "^[A-Z]"' },
    { where: "a/a.jsonl:5 (byte 134)", what: 'must NOT have additional properties: "more"' },
    { where: "a/a.jsonl:6 (byte 171)", what: "/text must NOT have fewer than 3 characters" },
  ]);
});

test("it checks the raw record, before the text and the metadata are taken from it", async () => {
  const contents = {
    "b/a.json": JSON.stringify([
      { body: { text: "deep" }, extra: 1 },
      { body: { text: "no" }, extra: "1" },
      { body: 1, extra: 1 },
    ]),
  };
  const schema = { properties: { extra: { type: "integer" } } };
  const result = await ingested({ schema, contents, params: { text: "body.text" } });
  expect(await texts(result)).toEqual(["deep"]);
  expect(result.report.dropped).toEqual({ schema: 1, missing_text: 1 });
});

test("a text file is a record with its text alone", async () => {
  const contents = { "c/a.txt": "a long text", "c/b.md": "ab" };
  const result = await ingested({ schema: { type: "object", required: ["text"], properties: { text: { minLength: 3 } } }, contents });
  expect(await texts(result)).toEqual(["a long text"]);
  expect(result.report.examples?.schema).toEqual([{ where: "c/b.md (byte 0)", what: "/text must NOT have fewer than 3 characters" }]);
});

test("what it drops counts as bad", async () => {
  const failed: unknown = await ingested({ contents: { "d/a.jsonl": mixed }, params: { maxBad: 0.5 } }).catch((error: unknown) => error);
  expect(isCrisolError(failed) && failed.parts).toMatchObject({
    code: "BAD_DATA",
    what: "6 of 8 records are unusable (75 %; at most 50 % may be): schema 6",
    fix: expect.stringContaining("correct `schema` if it asks for"),
  });
});

test("hostile records are dropped, and the host goes on", async () => {
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const contents = {
    "e/a.jsonl": [
      nested,
      `{"text":"deep","year":1800,"name":${nested}}`,
      '{"text":"twice","text":3,"year":1800}',
      '{"text":"prototype","year":1800,"__proto__":{"polluted":true}}',
      '{"text":"infinite","year":1e999}',
      '{"text":"good","year":1800}',
    ].join("\n"),
  };
  const result = await ingested({ contents });
  expect(await texts(result)).toEqual(["good"]);
  expect(result.report.examples?.schema?.map(({ what }) => what)).toEqual([
    "is nested more than 256 levels deep",
    "is nested more than 256 levels deep",
    "/text must be string",
    'must NOT have additional properties: "__proto__"',
    "/year must be integer",
  ]);
  expect({}).not.toHaveProperty("polluted");
  // without a schema, too
  const { report } = await harness.run(ingest, code, { inputs: { from: await harness.files(contents) }, params: { maxBad: 1 } });
  expect(report).toMatchObject({ in: 6, out: 4 });
});

test("it runs from its package as a host runs it", async () => {
  const { report } = await harness.runPackaged(ingest, await call({ contents: { "f/a.jsonl": mixed } }));
  expect(report).toMatchObject({ in: 8, out: 2, dropped: { schema: 6 } });
});
