import type { Issue } from "../../schemas/issue.ts";
import { originOf } from "../handle.ts";

/** Levels of arrays and objects that a parameter may have: far more than people write, far fewer than the stack holds. */
const deepest = 100;
/** Values that a parameter may consist of: a plan has at most a megabyte. */
const mostValues = 200_000;

interface Place {
  readonly value: unknown;
  readonly path: readonly string[];
  /** The arrays and objects that it is in. */
  readonly inside: readonly object[];
}

/** What in a parameter's shape can't be kept as JSON, or would be lost on the way: cycles, great depth, symbols and `__proto__` as names. */
export function shapeIssues(raw: Readonly<Record<string, unknown>>, path: readonly string[]): Issue[] {
  const issues: Issue[] = [];
  const waiting: Place[] = [{ value: raw, path, inside: [] }];
  let values = 0;
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const { value, path: at, inside } = place;
    values += 1;
    // an object that stands in many places may be small in memory, and endless as JSON
    if (values > mostValues)
      return [{ code: "parameter-not-json", message: `more than ${mostValues} values`, path, fix: "give a file instead" }];
    // a handle is refused as such
    if (!isPlain(value) || originOf(value) !== undefined) continue;
    const refuse = (message: string, fix: string) => issues.push({ code: "parameter-not-json", message, path: at, fix });
    if (inside.includes(value)) refuse("the value contains itself", "parameters are kept in plans: give a value that ends");
    else if (inside.length > deepest) refuse(`the value is nested more than ${deepest} levels deep`, "give a flatter value, or a file");
    else {
      const symbols = Object.getOwnPropertySymbols(value);
      if (symbols.length > 0) refuse(`${String(symbols[0])} is the name of a member`, "use texts as names: JSON has no symbols");
      if (Object.hasOwn(value, "__proto__"))
        refuse('"__proto__" is the name of a member', "use another name: JavaScript gives this one a meaning of its own");
      for (const [name, member] of Object.entries(value)) waiting.push({ value: member, path: [...at, name], inside: [...inside, value] });
    }
  }
  return issues;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
}
