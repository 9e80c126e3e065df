import type { Json } from "./json.ts";

/**
 * The canonical JSON text of a value: members sorted by UTF-16 code units, no white space, numbers as ECMAScript prints them.
 *
 * @throws TypeError naming the path of a value that JSON cannot hold (NaN, infinities, undefined, functions, lone surrogates, class instances).
 * @see RFC 8785, JSON Canonicalization Scheme
 */
export function canonicalJson(value: Json): string {
  return write(value, "$");
}

function write(value: unknown, path: string): string {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) throw new TypeError(`${path}: a lone surrogate has no canonical JSON`);
      return JSON.stringify(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${path}: ${value} has no canonical JSON`);
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : writeObject(value, path);
    case "undefined":
    case "function":
    case "symbol":
    case "bigint":
      throw new TypeError(`${path}: a ${typeof value} has no canonical JSON`);
  }
}

function writeObject(value: object, path: string): string {
  if (Array.isArray(value)) {
    return `[${Array.from(value, (item, index) => write(item, `${path}[${index}]`)).join(",")}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new TypeError(`${path}: a ${value.constructor.name} has no canonical JSON`);
  }
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, member]) => `${write(name, `${path} (name)`)}:${write(member, `${path}.${name}`)}`);
  return `{${members.join(",")}}`;
}
