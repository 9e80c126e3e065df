/** What is wrong with a JSON Schema: all of it at once, each with its place. */
import type { Json, JsonObject } from "../../schemas/json.ts";
import { isDeeperThan } from "./depth.ts";
import { dialect, formats, linearPattern } from "./dialect.ts";
import { recordCheck } from "./record-check.ts";

/** A problem, at a JSON Pointer into the schema. */
export interface SchemaProblem {
  readonly place: string;
  readonly problem: string;
}

export const draft = "https://json-schema.org/draft/2020-12/schema";

/** The deepest nesting of a schema. */
const deepestSchema = 128;

/** Keywords whose value is a schema, a list of schemas, or schemas by name; and all others of the draft. */
const one = [
  ...["items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties"],
  ...["if", "then", "else", "not", "contentSchema"],
];
const several = ["prefixItems", "allOf", "anyOf", "oneOf"];
const byName = ["properties", "patternProperties", "$defs", "dependentSchemas"];
const plain = [
  ...["$schema", "$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$comment", "$vocabulary"],
  ...["type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"],
  ...["maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains"],
  ...["maxProperties", "minProperties", "required", "dependentRequired", "format", "contentEncoding", "contentMediaType"],
  ...["title", "description", "default", "deprecated", "readOnly", "writeOnly", "examples"],
];
const known = new Set([...one, ...several, ...byName, ...plain]);

/** Values of each type: a reference that leads to itself shows with one of them. */
const probes: readonly Json[] = [null, true, 0, "", [], {}];

/** What checks schemas by the draft's own; compiling that takes time. */
let ofSchemas: ReturnType<typeof dialect> | undefined;

/** The problems of a schema; none if records can be checked by it. */
export function schemaProblems(schema: JsonObject): SchemaProblem[] {
  if (isDeeperThan(schema, deepestSchema)) return [{ place: "", problem: `it is nested more than ${deepestSchema} levels deep` }];
  const problems: SchemaProblem[] = [];
  const { $schema } = schema;
  if ($schema !== undefined && $schema !== draft && $schema !== `${draft}#`) {
    problems.push({ place: "/$schema", problem: `it is of another draft, ${JSON.stringify($schema)}: only 2020-12 is known, ${draft}` });
    return problems;
  }
  look(schema, "", problems);
  ofSchemas ??= dialect({ all: true });
  const ajv = ofSchemas;
  if (ajv.validateSchema(schema) !== true) {
    for (const { instancePath, message = "is wrong" } of ajv.errors ?? []) {
      if (!problems.some(({ place }) => place === instancePath)) problems.push({ place: instancePath, problem: message });
    }
  }
  return problems.length > 0 ? problems : compileProblems(schema);
}

/** What only shows when the whole is compiled: references within it that lead nowhere, or around in a circle. */
function compileProblems(schema: JsonObject): SchemaProblem[] {
  try {
    const check = recordCheck(schema);
    const endless = probes.map(check).find((said) => said?.includes("without end"));
    return endless === undefined ? [] : [{ place: "", problem: "it refers to itself without end" }];
  } catch (error) {
    return [{ place: "", problem: error instanceof RangeError ? "it refers to itself without end" : (error as Error).message }];
  }
}

function look(schema: Json, place: string, problems: SchemaProblem[]): void {
  if (schema === null || typeof schema !== "object" || Array.isArray(schema)) return;
  const report = (keyword: string, problem: string, at = "") => problems.push({ place: `${place}/${escaped(keyword)}${at}`, problem });
  for (const [keyword, value] of Object.entries(schema)) {
    if (!known.has(keyword)) report(keyword, `the draft has no keyword ${JSON.stringify(keyword)}`);
    else if (keyword === "$ref" || keyword === "$dynamicRef") lookAtReference(value, (problem) => report(keyword, problem));
    else if (keyword === "format" && typeof value === "string" && !formats.some((format) => format === value))
      report(keyword, `${JSON.stringify(value)} is not a format that is checked: ${formats.join(", ")}`);
    else if (keyword === "pattern") lookAtPattern(value, (problem) => report(keyword, problem));
    for (const [at, inner] of schemasIn(keyword, value)) look(inner, `${place}/${keyword}${at}`, problems);
    if (keyword === "patternProperties") {
      for (const pattern of namesOf(value)) lookAtPattern(pattern, (problem) => report(keyword, problem, `/${escaped(pattern)}`));
    }
    if (byName.includes(keyword) && namesOf(value).includes("__proto__")) report(keyword, `"__proto__" cannot be checked`);
  }
}

function schemasIn(keyword: string, value: Json): [at: string, schema: Json][] {
  if (one.includes(keyword)) return [["", value]];
  if (several.includes(keyword) && Array.isArray(value)) return value.map((schema, index) => [`/${index}`, schema]);
  if (byName.includes(keyword)) return namesOf(value).map((name) => [`/${escaped(name)}`, (value as JsonObject)[name] ?? null]);
  return [];
}

function namesOf(value: Json): string[] {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? Object.keys(value) : [];
}

function lookAtReference(value: Json, report: (problem: string) => void): void {
  if (typeof value === "string" && !value.startsWith("#"))
    report(`it refers to ${JSON.stringify(value)}: nothing outside of the file is read; copy it into "$defs" and refer to "#/$defs/..."`);
}

function lookAtPattern(value: Json, report: (problem: string) => void): void {
  if (typeof value !== "string") return;
  try {
    linearPattern(value);
  } catch (error) {
    report(`RE2, whose time is linear, cannot match this pattern: ${(error as Error).message}`);
  }
}

/** A name as part of a JSON Pointer. */
function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
