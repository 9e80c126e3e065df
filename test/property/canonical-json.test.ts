/** Canonical JSON follows RFC 8785: its own examples, and for any value the same text whatever the order of members. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import type { Json } from "../../schemas/json.ts";

const seed = Number(process.env.CRISOL_SEED ?? 20_261_124);
const settings = { seed, numRuns: 500, verbose: true };

test("the example of section 3.2.2 to 3.2.4", () => {
  const value = JSON.parse(`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
    "literals": [null, true, false]
  }`) as Json;
  expect(canonicalJson(value)).toBe(
    `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA'B\\"\\\\\\\\\\"/"}`,
  );
});

test("members are sorted by UTF-16 code units (section 3.2.3)", () => {
  const value = JSON.parse(`{
    "\\u20ac": "Euro Sign", "\\r": "Carriage Return", "\\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
    "\\ud83d\\ude00": "Emoji: Grinning Face", "\\u0080": "Control", "\\u00f6": "Latin Small Letter O With Diaeresis"
  }`) as { [name: string]: Json };
  const texts = ["Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign", "Emoji: Grinning Face"];
  const order = [...canonicalJson(value).matchAll(/:"([^"]+)"/g)].map((match) => match[1]);
  expect(order).toEqual([...texts, "Hebrew Letter Dalet With Dagesh"]);
});

test.each([
  ["0000000000000000", "0"],
  ["8000000000000000", "0"],
  ["0000000000000001", "5e-324"],
  ["8000000000000001", "-5e-324"],
  ["7fefffffffffffff", "1.7976931348623157e+308"],
  ["4340000000000000", "9007199254740992"],
  ["4430000000000000", "295147905179352830000"],
  ["44b52d02c7e14af5", "9.999999999999997e+22"],
  ["44b52d02c7e14af6", "1e+23"],
  ["444b1ae4d6e2ef4e", "999999999999999700000"],
  ["444b1ae4d6e2ef50", "1e+21"],
  ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
  ["3eb0c6f7a0b5ed8d", "0.000001"],
  ["41b3de4355555557", "333333333.33333343"],
])("the number with IEEE 754 bits %s is %s (appendix B)", (bits, text) => {
  expect(canonicalJson(Buffer.from(bits, "hex").readDoubleBE())).toBe(text);
});

test.each([
  ["NaN", Number.NaN],
  ["an infinity", [Number.POSITIVE_INFINITY]],
  ["undefined", { a: undefined }],
  ["a function", { a: () => 1 }],
  ["a lone surrogate", { a: "\ud800" }],
  ["a lone surrogate in a name", { "\udead": 1 }],
  ["a class instance", { a: new Date(0) }],
  ["a bigint", [1n]],
])("%s has no canonical JSON", (_, value) => {
  expect(() => canonicalJson(value as Json)).toThrow(TypeError);
});

const values = fc.jsonValue({ maxDepth: 4 }).filter((value) => JSON.stringify(value).isWellFormed()) as fc.Arbitrary<Json>;

test("it parses back to the value, and the order of members makes no difference", () => {
  fc.assert(
    fc.property(values, (value) => {
      const text = canonicalJson(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(canonicalJson(turned(value))).toBe(text);
      expect(canonicalJson(JSON.parse(text) as Json)).toBe(text);
    }),
    settings,
  );
});

/** The same value, with the members of every object in reverse order. */
function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, turned(member)]),
  );
}
