import { z } from "zod";
import type { Json, JsonObject } from "../schemas/json.ts";

/**
 * A JSON Schema file (draft 2020-12), by its path from the project's folder. A stage that takes one declares the parameter with this schema; its
 * `run` receives what the file says, which has been checked, and what it says is part of the key.
 */
export const SchemaFile = z
  .string()
  .min(1)
  .transform((path): JsonObject => ({ schemaFile: path }));

/** The path that a compiled parameter refers to, if it is a schema's file; a plan holds the schema itself in its place. */
export function schemaFileOf(value: Json): string | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  const { schemaFile, ...rest } = value;
  return typeof schemaFile === "string" && Object.keys(rest).length === 0 ? schemaFile : undefined;
}
