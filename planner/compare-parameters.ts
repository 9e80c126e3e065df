import { canonicalJson } from "../schemas/canonical-json.ts";
import type { Json, JsonObject } from "../schemas/json.ts";

/** Letters of a value that are shown. */
const shown = 60;

/** Every parameter that differs, by its path: "threshold 0.8 -> 0.7", "architecture.layers 4 -> 6". */
export function compareParameters(before: JsonObject, now: JsonObject): string[] {
  const was = flatten(before);
  const is = flatten(now);
  return [...new Set([...was.keys(), ...is.keys()])]
    .sort()
    .filter((path) => was.get(path) !== is.get(path))
    .map((path) => `${path} ${abridge(was.get(path))} -> ${abridge(is.get(path))}`);
}

/** Every leaf by its path; lists and empty objects are leaves. */
function flatten(value: JsonObject, prefix = "", into = new Map<string, string>()): Map<string, string> {
  for (const [name, member] of Object.entries(value)) {
    if (isObject(member) && Object.keys(member).length > 0) flatten(member, `${prefix}${name}.`, into);
    else into.set(`${prefix}${name}`, canonicalJson(member));
  }
  return into;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function abridge(text: string | undefined): string {
  if (text === undefined) return "unset";
  return text.length > shown ? `${text.slice(0, shown)}…` : text;
}
