/** From a parsed record to a document. */

import { digestOf } from "../../../schemas/digest.ts";
import type { Document } from "../../../schemas/document.ts";
import type { Json, JsonObject } from "../../../schemas/json.ts";
import { isDeeperThan } from "../../../stage-code/record-schema/depth.ts";

/** What the fields of a record become. */
export interface Mapping {
  readonly text: string;
  readonly meta: readonly string[];
  readonly id?: string | undefined;
}

/** Why a record cannot become a document. */
export interface Refusal {
  readonly reason: string;
  readonly what: string;
}

/** The deepest nesting of `meta`; anything deeper is an attack or a mistake. */
const deepest = 64;

/** The document of a parsed record, or why there is none. */
export function documentOf(record: Json, mapping: Mapping, source: string): Document | Refusal {
  if (record === null || typeof record !== "object" || Array.isArray(record)) {
    return { reason: "not_an_object", what: excerptOf(record) };
  }
  const text = fieldOf(record, mapping.text);
  if (text === undefined || text === null) {
    return { reason: "missing_text", what: `no field "${mapping.text}"; it has ${Object.keys(record).slice(0, 12).join(", ")}` };
  }
  if (typeof text !== "string") return { reason: "text_is_no_string", what: `${mapping.text}: ${excerptOf(text)}` };
  const meta: [string, Json][] = [];
  const kept = mapping.meta.map((path) => [path, path] as const);
  for (const [name, path] of mapping.id === undefined ? kept : [...kept, ["id", mapping.id] as const]) {
    const value = fieldOf(record, path);
    if (value === undefined) continue;
    if (!isPlain(value, deepest))
      return {
        reason: "unusable_meta",
        what: `${path} is nested too deeply, is not well-formed Unicode, or has a number that is too large`,
      };
    meta.push([name, value]);
  }
  return textDocument(text, source, Object.fromEntries(meta));
}

/** The document of a text, or why there is none. */
export function textDocument(text: string, source: string, meta: JsonObject): Document | Refusal {
  if (text.trim() === "") return { reason: "empty_text", what: "no text but white space" };
  if (!text.isWellFormed()) return { reason: "lone_surrogate", what: text.slice(0, 200) };
  return { id: digestOf(`${source}\n${text}`).slice(0, 32), text, source, meta };
}

/** A field by its path: a member of exactly that name or, through nested objects, the names between the dots. */
export function fieldOf(record: JsonObject, path: string): Json | undefined {
  if (Object.hasOwn(record, path)) return record[path];
  let value: Json | undefined = record;
  for (const name of path.split(".")) {
    if (value === null || typeof value !== "object" || Array.isArray(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** The beginning of a value as JSON. */
function excerptOf(value: Json): string {
  return isDeeperThan(value, deepest) ? `nested more than ${deepest} levels deep` : JSON.stringify(value).slice(0, 200);
}

function isPlain(value: Json, depth: number): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value === "number") return Number.isFinite(value); // JSON.parse turns 1e999 into Infinity
  if (value === null || typeof value !== "object") return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth - 1));
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isPlain(member, depth - 1));
}
