/** Checking records by a JSON Schema. */
import type { ErrorObject } from "ajv/dist/core.js";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import type { Json, JsonObject } from "../../schemas/json.ts";
import { isDeeperThan } from "./depth.ts";
import { dialect, References, TooManySteps } from "./dialect.ts";

/** The deepest nesting of a record that is checked. */
export const deepestRecord = 256;

/** Says what is wrong with a record, or undefined: the place in it and ajv's message. */
export type RecordCheck = (record: Json) => string | undefined;

let last: { readonly text: string; readonly check: RecordCheck } | undefined;

/** The check of a schema, compiled once in a process: its shards have the same one. @throws Error for a schema that `schemaProblems` refuses */
export function recordCheck(schema: JsonObject): RecordCheck {
  const text = canonicalJson(schema);
  if (last?.text !== text) last = { text, check: compile(schema) };
  return last.check;
}

function compile(schema: JsonObject): RecordCheck {
  const references = new References();
  const validate = dialect({ references }).compile(schema);
  return (record) => {
    if (isDeeperThan(record, deepestRecord)) return `is nested more than ${deepestRecord} levels deep`;
    references.reset();
    try {
      if (validate(record)) return undefined;
    } catch (error) {
      if (error instanceof TooManySteps) return error.message;
      // a reference that leads to itself without going deeper into the record
      if (error instanceof RangeError) return "cannot be checked: the schema refers to itself without end";
      throw error;
    }
    return described(validate.errors?.[0]);
  };
}

function described(error: ErrorObject | undefined): string {
  if (error === undefined) return "does not satisfy the schema";
  const { instancePath, message = "does not satisfy the schema", params } = error;
  const named: unknown = params.additionalProperty ?? params.unevaluatedProperty ?? params.propertyName;
  const place = instancePath.length > 60 ? `${instancePath.slice(0, 60)}…` : instancePath;
  return `${place === "" ? "" : `${place} `}${message}${typeof named === "string" ? `: ${JSON.stringify(named.slice(0, 60))}` : ""}`;
}
