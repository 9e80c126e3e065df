/** The dialect of JSON Schema that records are checked by: draft 2020-12, of which nothing can take a host more than linear time. */
import { Ajv2020 } from "ajv/dist/2020.js";
import type { CodeKeywordDefinition, KeywordCxt } from "ajv/dist/core.js";
import { _ } from "ajv/dist/core.js";
import { fullFormats } from "ajv-formats/dist/formats.js";
import { RE2JS } from "re2js";
import type { Json } from "../../schemas/json.ts";

/** The formats of the draft that are checked; those for other alphabets (`idn-email`, `iri`) are not. */
export const formats = [
  ...["date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "uri-template", "uuid"],
  ...["json-pointer", "relative-json-pointer", "regex"],
] as const;

/** The longest string, in UTF-16 code units, that can have a format. */
export const longestFormatted = 65_536;

/** References that may be followed for one record. */
const mostReferences = 100_000;

/** The check of a record took too many steps. */
export class TooManySteps extends Error {
  constructor() {
    super(`takes more than ${mostReferences} references to check`);
  }
}

/** Following references, counted for one record: schemas that refer to themselves under `anyOf` can ask for steps without number. */
export class References {
  #followed = 0;

  readonly follow = (): void => {
    this.#followed += 1;
    if (this.#followed > mostReferences) throw new TooManySteps();
  };

  /** Begin with another record. */
  reset(): void {
    this.#followed = 0;
  }
}

/** A validator's compiler for this dialect. @param all whether all errors of a value are found, or the first alone */
export function dialect({ references = new References(), all = false }: { references?: References; all?: boolean } = {}): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: all,
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    validateSchema: false,
    ownProperties: true,
    logger: false,
    code: { regExp: Object.assign(linearPattern, { code: "linearPattern" }) },
  });
  for (const name of formats) ajv.addFormat(name, shortOnly(fullFormats[name]));
  for (const name of ["$ref", "$dynamicRef"]) {
    const keyword = ajv.getKeyword(name);
    if (typeof keyword === "boolean" || !("code" in keyword)) throw new Error(`ajv has no code for ${name}`);
    ajv.removeKeyword(name);
    ajv.addKeyword(counted(keyword, references));
  }
  // it follows anchors, but has no word for them
  ajv.addVocabulary(["$anchor"]);
  // ajv's own compares each item with each
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    compile: (wanted: boolean) => (items: Json[]) => !wanted || new Set(items.map(identity)).size === items.length,
    error: { message: "must NOT have duplicate items" },
  });
  return ajv;
}

/** A pattern for RE2's engine, whose time is linear in the text. @throws Error for what RE2 does not have: look-around, back references */
export function linearPattern(pattern: string): { test(text: string): boolean; toString(): string } {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  return { test: (text) => compiled.matcher(text).find(), toString: () => pattern };
}

type Format = (typeof fullFormats)[keyof typeof fullFormats];

function shortOnly(format: Format): (text: string) => boolean {
  const check = typeof format === "object" && "validate" in format ? format.validate : format;
  const test = check instanceof RegExp ? (text: string) => check.test(text) : (check as (text: string) => boolean);
  return (text) => text.length <= longestFormatted && test(text);
}

function counted(keyword: CodeKeywordDefinition, references: References): CodeKeywordDefinition {
  return {
    ...keyword,
    code(context: KeywordCxt) {
      const follow = context.gen.scopeValue("func", { ref: references.follow });
      context.gen.code(_`${follow}()`);
      keyword.code(context);
    },
  };
}

/** A text that two values share if they are equal. */
function identity(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(identity).join()}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${identity(value[name] ?? null)}`).join()}}`;
}
