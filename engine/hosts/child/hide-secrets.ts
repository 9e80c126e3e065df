import type { Json } from "../../../schemas/json.ts";

/** Shorter values would match text that has nothing to do with them. */
const SHORTEST = 4;

/** A function that replaces the values of the secrets that parameters refer to by the secrets' names. */
export function secretHider(params: Json, environment: NodeJS.ProcessEnv): (text: string) => string {
  const known = [...new Set(secretsIn(params))].flatMap((name) => {
    const value = environment[name];
    return value === undefined || value.length < SHORTEST ? [] : [{ name, value }];
  });
  // a value that contains another comes first
  known.sort((a, b) => b.value.length - a.value.length);
  return (text) => known.reduce((shown, { name, value }) => shown.replaceAll(value, () => `<secret ${name}>`), text);
}

/** The names of the secrets that parameters refer to. */
export function secretsIn(params: Json): string[] {
  if (typeof params !== "object" || params === null) return [];
  if (Array.isArray(params)) return params.flatMap(secretsIn);
  return Object.entries(params).flatMap(([key, value]) => (key === "secret" && typeof value === "string" ? [value] : secretsIn(value)));
}
