import { expect, test } from "vitest";
import type { Json, JsonObject } from "../../schemas/json.ts";
import { formats, longestFormatted } from "./dialect.ts";
import { recordCheck } from "./record-check.ts";

/** A text for each format that has it. */
const formatted: { readonly [format in (typeof formats)[number]]: string } = {
  date: "2024-02-29",
  time: "23:59:59Z",
  "date-time": "2024-02-29T10:00:00+01:00",
  duration: "P3DT4H",
  email: "ada@example.org",
  hostname: "a-1.example.org",
  ipv4: "10.0.0.1",
  ipv6: "2001:db8::1",
  uri: "https://example.org/a?b#c",
  "uri-reference": "../a",
  "uri-template": "/a/{b}",
  uuid: "123e4567-e89b-12d3-a456-426614174000",
  "json-pointer": "/a/b~1c",
  "relative-json-pointer": "1/a",
  regex: "^a+$",
};

test.each(formats)("the format %s takes what has it, and nothing else", (format) => {
  const check = recordCheck({ format });
  expect(check(formatted[format])).toBeUndefined();
  expect(check("\\ %% {(")).toBe(`must match format "${format}"`);
});

test.each(formats)("no long text keeps the format %s busy", (format) => {
  const check = recordCheck({ items: { format } });
  const parts = ["a", "0", ".", "-", ":", "/", "@", "%41", "a.", "a-", "a@", "1:", "/a", "{a}", "~0", "(", "P1D", "f:"];
  // each is repeated up to the longest text that is looked at, after several beginnings and before ends that do not fit
  const texts = parts.flatMap((part) => {
    const long = part.repeat(Math.floor((longestFormatted - 100) / part.length));
    return [`${long}\\`, `${formatted[format]}${long}\\`, `a@${long}!`, `a:${long}\\`];
  });
  expect(texts.map((text) => check([text]))).toContain(`/0 must match format "${format}"`);
  expect(check(["a".repeat(longestFormatted + 1)])).toBe(`/0 must match format "${format}"`);
});

test.each(["(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(.*a){20}$"])("the pattern %s ends at once", (pattern) => {
  expect(recordCheck({ pattern })(`${"a".repeat(100_000)}!`)).toBe(`must match pattern "${pattern}"`);
  expect(recordCheck({ patternProperties: { [pattern]: false } })({ [`${"a".repeat(100_000)}!`]: 1 })).toBeUndefined();
});

test.each<[string, JsonObject, Json, string | undefined]>([
  [
    "two patterns are two",
    { properties: { a: { pattern: "^a" }, b: { pattern: "^b" } } },
    { a: "a", b: "a" },
    '/b must match pattern "^b"',
  ],
  ["characters of any alphabet", { pattern: "^\\p{Lu}\\u00f1\\d$" }, "Ññ1", undefined],
  ["what objects have by themselves", { required: ["toString"] }, {}, "must have required property 'toString'"],
  ["a property of that name", { properties: { constructor: { type: "string" } } }, {}, undefined],
  [
    "equal items in another order",
    { uniqueItems: true },
    [
      { a: 1, b: [2] },
      { b: [2], a: 1 },
    ],
    "must NOT have duplicate items",
  ],
  ["items of two types", { uniqueItems: true }, [1, "1", true, null, "null", [], {}], undefined],
  ["no rule on equal items", { uniqueItems: false }, [1, 1], undefined],
  ["a number that is none", { type: "number" }, Number.POSITIVE_INFINITY, "must be number"],
  ["a property more", { additionalProperties: false }, { more: 1 }, 'must NOT have additional properties: "more"'],
  [
    "a schema within itself",
    { properties: { in: { $ref: "#" }, n: { type: "integer" } } },
    { in: { in: { n: "x" } } },
    "/in/in/n must be integer",
  ],
])("%s", (_, schema, record, said) => {
  expect(recordCheck(schema)(record)).toBe(said);
});

test("many items are compared as fast as few", () => {
  const items = Array.from({ length: 100_000 }, (_, index) => [index]);
  const check = recordCheck({ uniqueItems: true });
  expect([check(items), check([...items, [0]])]).toEqual([undefined, "must NOT have duplicate items"]);
});

test("a schema that asks for steps without number drops the record, and the next one is checked from the start", () => {
  const child = { properties: { in: { $ref: "#/$defs/node" } } };
  const check = recordCheck({
    $defs: {
      node: {
        anyOf: [
          { type: "object", ...child, required: ["x"] },
          { type: "object", ...child },
        ],
      },
    },
    $ref: "#/$defs/node",
  });
  let record: Json = 1;
  for (let depth = 0; depth < 200; depth += 1) record = { in: record, x: 1 };
  expect(check(record)).toBe("takes more than 100000 references to check");
  expect(check({ in: { x: 1 } })).toBeUndefined();
});

test("a place in a record is cut where its names are long", () => {
  expect(recordCheck({ additionalProperties: { type: "string" } })({ ["n".repeat(5000)]: 1 })).toBe(`/${"n".repeat(59)}… must be string`);
});
