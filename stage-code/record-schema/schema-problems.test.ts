import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Json, JsonObject } from "../../schemas/json.ts";
import { draft, schemaProblems } from "./schema-problems.ts";

test.each<[string, JsonObject]>([
  [
    "of the draft",
    {
      $schema: draft,
      type: "object",
      title: "Record",
      properties: { a: { $ref: "#/$defs/a" } },
      $defs: { a: { type: "string", format: "date" } },
    },
  ],
  ["with no word of a draft", { properties: { constructor: true, "a/b": false } }],
  ["that refers to itself", { properties: { in: { $ref: "#" } } }],
  ["with an anchor", { $defs: { a: { $anchor: "here", type: "string" } }, $ref: "#here" }],
  ["with a tuple", { prefixItems: [{ type: "string" }], items: false }],
  [
    "whose values look like schemas",
    { enum: [{ $ref: "https://example.org", typ: 1 }], default: { format: "phone" }, examples: [{ pattern: "(" }] },
  ],
  ["with properties that are called like keywords", { properties: { $ref: { type: "string" }, typ: {}, pattern: {} } }],
])("a schema %s has no problem", (_, schema) => {
  expect(schemaProblems(schema)).toEqual([]);
});

test("all problems are reported, each at its place", () => {
  const schema = {
    typ: "object",
    properties: {
      phone: { format: "phone" },
      "a/b~c": { items: [{ type: "string" }] },
      remote: { anyOf: [{ $ref: "https://example.org/a.json" }, { $ref: "file:///a.json" }, { $ref: "other.json#/a" }] },
      ahead: { pattern: "(?=a)b" },
      back: { patternProperties: { "(a)\\1": {} } },
      length: { minLength: -1 },
      kind: { type: "strin" },
    },
    additionalProperties: { nullable: true },
  };
  expect(schemaProblems(schema).map(({ place, problem }) => `${place}: ${problem}`)).toEqual([
    '/typ: the draft has no keyword "typ"',
    expect.stringMatching(/^\/properties\/phone\/format: "phone" is not a format that is checked: date, time, .*, regex$/),
    expect.stringMatching(
      /^\/properties\/remote\/anyOf\/0\/\$ref: it refers to "https:\/\/example.org\/a.json": nothing outside of the file is read/,
    ),
    expect.stringMatching(/^\/properties\/remote\/anyOf\/1\/\$ref: it refers to "file:/),
    expect.stringMatching(/^\/properties\/remote\/anyOf\/2\/\$ref: it refers to "other.json/),
    expect.stringMatching(/^\/properties\/ahead\/pattern: RE2, whose time is linear, cannot match this pattern: .*\(\?=/),
    expect.stringMatching(/^\/properties\/back\/patternProperties\/\(a\)\\1: RE2, .*\\1/),
    '/additionalProperties/nullable: the draft has no keyword "nullable"',
    "/properties/a~1b~0c/items: must be object,boolean",
    "/properties/length/minLength: must be >= 0",
    "/properties/kind/type: must be equal to one of the allowed values",
  ]);
});

test("every keyword of the draft is known", () => {
  const vocabularies = ["core", "applicator", "unevaluated", "validation", "meta-data", "format-annotation", "content"];
  const folder = join(dirname(fileURLToPath(import.meta.resolve("ajv/package.json"))), "dist/refs/json-schema-2020-12/meta");
  const keywords = vocabularies.flatMap((name) => Object.keys(JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")).properties));
  expect(keywords.length).toBeGreaterThan(50);
  expect(
    schemaProblems(Object.fromEntries(keywords.map((name) => [name, []]))).filter(({ problem }) => problem.includes("no keyword")),
  ).toEqual([]);
  const used = {
    ...{ $id: "https://example.org/record", $comment: "", title: "", description: "", deprecated: false, readOnly: true, writeOnly: false },
    ...{ contentEncoding: "base64", contentMediaType: "text/plain", contentSchema: {}, default: 1, examples: [] },
  };
  expect(schemaProblems(used)).toEqual([]);
});

const nested = (levels: number): Json => {
  let value: Json = [];
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
};

test.each<[string, JsonObject, string]>([
  [
    "of another draft",
    { $schema: "http://json-schema.org/draft-07/schema#", definitions: {} },
    '/$schema: it is of another draft, "http://json-schema.org/draft-07/schema#"',
  ],
  ["that refers to nothing", { $ref: "#/$defs/none" }, ": can't resolve reference #/$defs/none"],
  ["that is only itself", { $ref: "#" }, ": it refers to itself without end"],
  [
    "that goes round in a circle",
    { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } },
    ": it refers to itself without end",
  ],
  ["that is very deep", { const: nested(100_000) }, ": it is nested more than 128 levels deep"],
  ["with a rule that is never used", { if: { type: "string" } }, ': strict mode: "if" without "then" and "else" is ignored'],
  ["with a name that cannot be checked", { properties: JSON.parse('{ "__proto__": true }') }, '/properties: "__proto__" cannot be checked'],
  ["with a number that is none", { maximum: Number.POSITIVE_INFINITY }, "/maximum: must be number"],
])("a schema %s is refused", (_, schema, problem) => {
  expect(schemaProblems(schema).map(({ place, problem }) => `${place}: ${problem}`)).toEqual([expect.stringContaining(problem)]);
});
