/** Parameters: parsed by their schema, and plain JSON afterwards. */
import type { z } from "zod";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import type { Issue } from "../../schemas/issue.ts";
import { JsonObject } from "../../schemas/json.ts";
import { closest } from "../../system/text/spelling.ts";
import { originOf } from "../handle.ts";
import { shapeIssues } from "./json-shape.ts";

/** Parsed parameters, or what is wrong with them; `value` is the schema's own output, `params` its JSON. */
export type ParsedParams =
  | { readonly params: JsonObject; readonly value: Record<string, unknown>; readonly issues: readonly [] }
  | { readonly params?: undefined; readonly value?: undefined; readonly issues: readonly Issue[] };

/** Parse parameters by their schema; every problem becomes an issue below `path`. */
export function parseParams(schema: z.ZodObject, raw: Readonly<Record<string, unknown>>, path: readonly string[]): ParsedParams {
  const handles = Object.entries(raw).filter(([, value]) => originOf(value) !== undefined);
  const issues = handles.map(([name, value]): Issue => {
    return {
      code: "handle-as-parameter",
      message: `${originOf(value)?.label} is not a parameter`,
      path: [...path, name],
      fix: "handles go to inputs; a parameter is plain JSON",
    };
  });
  issues.push(...shapeIssues(raw, path));
  if (issues.length > 0) return { issues };
  const result = safeParse(schema, raw);
  if (typeof result === "string")
    return { issues: [{ code: "parameter-invalid", message: result, path, fix: "use schemas without promises" }] };
  if (!result.success) return { issues: result.error.issues.flatMap((issue) => explainIssue(issue, schema, path)) };
  const json = withoutUndefined(result.data);
  try {
    canonicalJson(json);
    return { params: JsonObject.parse(json), value: result.data, issues: [] };
  } catch (error) {
    const [, place = "", problem = ""] = /^\$\.?(.*?): (.*)$/.exec(error instanceof Error ? error.message : String(error)) ?? [];
    return {
      issues: [
        {
          code: "parameter-not-json",
          message: problem.replace("has no canonical JSON", "is not JSON"),
          path: [...path, ...place.split(".").filter((part) => part !== "")],
          fix: "parameters are kept in plans: use strings, finite numbers, booleans, null, arrays and plain objects",
        },
      ],
    };
  }
}

function safeParse(schema: z.ZodObject, raw: unknown): z.ZodSafeParseResult<Record<string, unknown>> | string {
  try {
    return schema.safeParse(raw);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The value without members that are undefined, as JSON leaves them out. */
function withoutUndefined(value: Record<string, unknown>): JsonObject {
  const strip = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(strip);
    if (typeof item !== "object" || item === null || Object.getPrototypeOf(item) !== Object.prototype) return item;
    return Object.fromEntries(
      Object.entries(item)
        .filter(([, member]) => member !== undefined)
        .map(([name, member]) => [name, strip(member)]),
    );
  };
  // the caller passes this to canonicalJson, which refuses what is not JSON
  return strip(value) as JsonObject;
}

function explainIssue(issue: z.core.$ZodIssue, schema: z.ZodObject, path: readonly string[]): Issue[] {
  const place = [...path, ...issue.path.map(String)];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((name) => {
        const known = issue.path.length === 0 ? Object.keys(schema.shape) : [];
        const meant = closest(name, known);
        const list = known.length > 0 ? `parameters: ${known.join(", ")}` : "remove it";
        return {
          code: "unknown-parameter",
          message: `there is no parameter "${name}"`,
          path: [...place, name],
          fix: meant === undefined ? list : `did you mean "${meant}"?`,
        };
      });
    case "invalid_type": {
      if (issue.input === undefined && issue.message.endsWith("received undefined")) {
        return [
          { code: "missing-parameter", message: `the parameter is missing`, path: place, fix: `give ${withArticle(issue.expected)}` },
        ];
      }
      return [{ code: "parameter-invalid", message: lowerFirst(issue.message), path: place, fix: `give ${withArticle(issue.expected)}` }];
    }
    case "too_small":
    case "too_big":
    case "invalid_format":
    case "not_multiple_of":
    case "invalid_value":
    case "invalid_union":
    case "invalid_key":
    case "invalid_element":
    case "custom":
      return [{ code: "parameter-invalid", message: lowerFirst(issue.message), path: place, fix: fixFor(issue) }];
  }
}

function fixFor(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "too_small":
      return `give ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}`;
    case "too_big":
      return `give ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}`;
    case "not_multiple_of":
      return `give a multiple of ${issue.divisor}`;
    case "invalid_value":
      return `give ${issue.values.length === 1 ? "" : "one of "}${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
    case "custom":
    case "invalid_element":
    case "invalid_format":
    case "invalid_key":
    case "invalid_type":
    case "invalid_union":
    case "unrecognized_keys":
      return "change the value as the message says";
  }
}

function withArticle(type: string): string {
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
