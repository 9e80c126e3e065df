import { canonicalJson } from "../../schemas/canonical-json.ts";
import type { Json, JsonObject } from "../../schemas/json.ts";

/** Letters of a value that are shown. */
const shown = 60;

/** Letters that are shown of what two long values begin with alike. */
const shared = 10;

/** Every parameter that differs, by its path: "threshold 0.8 -> 0.7", "architecture.layers 4 -> 6", "languages[1] "es" -> "pt"". */
export function compareParameters(before: JsonObject, now: JsonObject): string[] {
  return compareMembers(before, now, (name) => name);
}

function compareMembers(before: JsonObject, now: JsonObject, pathOf: (name: string) => string): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .sort()
    .flatMap((name) => compareValues(before[name], now[name], pathOf(name)));
}

function compareValues(before: Json | undefined, now: Json | undefined, path: string): string[] {
  const [was, is] = [textOf(before), textOf(now)];
  if (was === is) return [];
  // members are compared one by one: also those of an object that is new, or gone
  const objects = [before, now].filter((value) => value !== undefined);
  if (objects.every(isObject) && objects.some((value) => Object.keys(value).length > 0)) {
    return compareMembers(asObject(before), asObject(now), (name) => `${path}.${name}`);
  }
  if (Array.isArray(before) && Array.isArray(now) && before.length === now.length) {
    return before.flatMap((value, index) => compareValues(value, now[index], `${path}[${index}]`));
  }
  // two long values: show the place where they part
  const from = Math.max(was.length, is.length) > shown ? Math.max(0, commonLength(was, is) - shared) : 0;
  return [`${path} ${abridge(was, from)} -> ${abridge(is, from)}`];
}

function textOf(value: Json | undefined): string {
  return value === undefined ? "unset" : canonicalJson(value);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asObject(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

function abridge(text: string, from: number): string {
  const end = from + shown;
  return `${from > 0 ? "…" : ""}${text.slice(from, end)}${text.length > end ? "…" : ""}`;
}
