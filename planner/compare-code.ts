import { CodePackage } from "../schemas/code-package.ts";
import type { Digest } from "../schemas/digest.ts";
import { isCrisolError } from "../schemas/error.ts";
import type { PlannerStore } from "./planner-store.ts";

type Blobs = Pick<PlannerStore["blobs"], "readAll">;

/** What differs between two code packages, in a few words: the files first, the user's own before those of packages. */
export async function compareCode(before: Digest, now: Digest, blobs: Blobs): Promise<string> {
  const [old, current] = await Promise.all([readPackage(before, blobs), readPackage(now, blobs)]);
  if (old === undefined || current === undefined) return "changed";
  const files = changes(
    old.files,
    current.files,
    (path, was, is) => `${origin(path)} ${was === undefined ? "added" : is === undefined ? "removed" : "changed"}`,
  );
  const versions = changes(old.externals, current.externals, (name, was, is) => `${name} ${was ?? "not there"} -> ${is ?? "not there"}`);
  const differs = (one: unknown, other: unknown, what: string) =>
    JSON.stringify(one) === JSON.stringify(other) ? [] : [`${what} changed`];
  const declared = [
    ...differs(old.command?.words, current.command?.words, "the words of its command"),
    ...differs(old.map, current.map, "what it goes over shard by shard"),
    ...differs(old.outputs, current.outputs, "what the stage makes"),
  ];
  const all = [...new Set(files.sort(ownFirst)), ...versions, ...declared];
  if (all.length === 0) return "modules load in another order";
  return all.length > 3 ? `${all.slice(0, 3).join(", ")} and ${all.length - 3} more` : all.join(", ");
}

type Texts = { readonly [name: string]: string };

function changes(before: Texts, now: Texts, tell: (name: string, was: string | undefined, is: string | undefined) => string): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .sort()
    .filter((name) => before[name] !== now[name])
    .map((name) => tell(name, before[name], now[name]));
}

function ownFirst(a: string, b: string): number {
  return Number(a.startsWith("package ")) - Number(b.startsWith("package "));
}

/** A file of one's own by its path; one of a package by the package's name. */
function origin(path: string): string {
  const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
  return name === undefined ? path : `package ${name}`;
}

async function readPackage(digest: Digest, blobs: Blobs): Promise<CodePackage | undefined> {
  try {
    return CodePackage.parse(JSON.parse((await blobs.readAll(digest)).toString()));
  } catch (error) {
    // gc may have freed the package of an old record
    if (isCrisolError(error)) return undefined;
    throw error;
  }
}
