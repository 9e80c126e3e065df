import type { Json, JsonObject } from "../../schemas/json.ts";
import type { Declaration } from "../code/meaning/declarations.ts";
import { compareParameters } from "./compare-parameters.ts";

/** A file of which something differs. */
export interface FileDifference {
  readonly file: string;
  /** Whether the file is in one of the two alone. */
  readonly change: "changed" | "added" | "removed";
  /** Which declarations of it, the constants with both values: `["limit 10 -> 11", "shout", "whisper added"]`. */
  readonly declarations: readonly string[];
}

/** What differs between two bundles, by file; what only moved to another file or place is no difference. */
export function compareDeclarations(before: readonly Declaration[], now: readonly Declaration[]): FileDifference[] {
  const [was, is] = [without(before, now), without(now, before)];
  const files = [...new Set([...was, ...is].map(({ file }) => file))].sort();
  return files.map((file) => {
    const isThere = now.some((declaration) => declaration.file === file);
    const wasThere = before.some((declaration) => declaration.file === file);
    const [gone, come] = [was.filter((one) => one.file === file), is.filter((one) => one.file === file)];
    return { file, change: !wasThere ? "added" : isThere ? "changed" : "removed", declarations: describe(gone, come) };
  });
}

/** The declarations that the others lack, counting repeated ones. */
function without(declarations: readonly Declaration[], others: readonly Declaration[]): Declaration[] {
  const counts = new Map<string, number>();
  const identity = ({ name, text }: Declaration) => `${name ?? ""}\0${text}`;
  for (const other of others) counts.set(identity(other), (counts.get(identity(other)) ?? 0) + 1);
  return declarations.filter((declaration) => {
    const left = counts.get(identity(declaration)) ?? 0;
    if (left > 0) counts.set(identity(declaration), left - 1);
    return left === 0;
  });
}

function describe(gone: readonly Declaration[], come: readonly Declaration[]): string[] {
  const names = [...new Set([...come, ...gone].flatMap(({ name }) => name ?? []))];
  const named = names.flatMap((name) => {
    const before = gone.find((one) => one.name === name);
    const now = come.find((one) => one.name === name);
    if (before === undefined) return [`${name} added`];
    return now === undefined ? [`${name} removed`] : describeChange(name, before, now);
  });
  const isEffect = [...gone, ...come].some(({ name }) => name === undefined);
  return isEffect ? [...named, "what it does when it is loaded"] : named;
}

function describeChange(name: string, { value: was }: Declaration, { value: is }: Declaration): string[] {
  if (was === undefined || is === undefined) return [name];
  const isJson = name === "its default export" && isObject(was) && isObject(is);
  return isJson ? compareParameters(was, is) : compareParameters({ [name]: was }, { [name]: is });
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
