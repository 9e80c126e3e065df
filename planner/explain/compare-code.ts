import type { CodeMap } from "../../schemas/code-map.ts";
import { CodePackage } from "../../schemas/code-package.ts";
import type { Digest } from "../../schemas/digest.ts";
import { isCrisolError } from "../../schemas/error.ts";
import { type CodeMapStore, readCodeMap } from "../code/code-map.ts";
import { type Declaration, declarationsIn } from "../code/meaning/declarations.ts";
import { compareDeclarations } from "./compare-declarations.ts";

/** How many things of a kind are named; of the others, only the number is given. */
const named = 3;

/**
 * What differs between two code packages, in a few words: the files first, the user's own before those of packages, each with the
 * declarations at its top level that differ.
 */
export async function compareCode(before: Digest, now: Digest, store: CodeMapStore): Promise<string> {
  const [old, current] = await Promise.all([readPackage(before, store), readPackage(now, store)]);
  if (old === undefined || current === undefined) return "changed";
  const [oldMap, currentMap] = await Promise.all([readCodeMap(store, before), readCodeMap(store, now)]);
  const [was, is] = await Promise.all([declarationsOf(old, oldMap, store), declarationsOf(current, currentMap, store)]);
  const differs = (one: unknown, other: unknown, what: string) =>
    JSON.stringify(one) === JSON.stringify(other) ? [] : [`${what} changed`];
  const all = [
    ...(was === undefined || is === undefined ? [] : compareFiles(was, is)),
    ...changes(commandFiles(old), commandFiles(current), (path, before, now) => {
      const file = currentMap?.command?.[path] ?? oldMap?.command?.[path] ?? path;
      return `${file} ${before === undefined ? "added" : now === undefined ? "removed" : "changed"}`;
    }),
    ...changes(old.externals, current.externals, (name, before, now) => `${name} ${before ?? "not there"} -> ${now ?? "not there"}`),
    ...differs(old.command?.words, current.command?.words, "the words of its command"),
    ...differs(old.map, current.map, "the input that it maps over"),
    ...differs(old.outputs, current.outputs, "its outputs"),
  ];
  if (all.length > 0) return list(all);
  if (was === undefined || is === undefined) return "changed";
  return old.version === current.version ? "modules load in another order" : "keys are computed in another way than before";
}

/** Which files differ; those of packages only by the package's name. */
function compareFiles(was: readonly Declaration[], is: readonly Declaration[]): string[] {
  const differing = compareDeclarations(was, is);
  const own = differing.filter(({ file }) => packageOf(file) === undefined);
  const packages = new Set(differing.flatMap(({ file }) => packageOf(file) ?? []));
  return [
    ...own.map(({ file, change, declarations }) =>
      change === "changed" ? `${file} changed (${list(declarations)})` : `${file} ${change}`,
    ),
    ...[...packages].map((name) => `package ${name} changed`),
  ];
}

/** What a package's bundle declares; undefined when the bundle or its code map cannot be read. */
async function declarationsOf({ bundle }: CodePackage, map: CodeMap | undefined, store: CodeMapStore): Promise<Declaration[] | undefined> {
  if (map === undefined) return undefined;
  try {
    return await declarationsIn((await store.blobs.readAll(bundle)).toString(), map);
  } catch (error) {
    if (isCrisolError(error)) return undefined;
    throw error;
  }
}

function commandFiles({ command }: CodePackage): Texts {
  return Object.fromEntries((command?.files ?? []).map(({ path, sha256 }) => [path, sha256]));
}

type Texts = { readonly [name: string]: string };

function changes<T>(before: Texts, now: Texts, report: (name: string, was: string | undefined, is: string | undefined) => T): T[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .sort()
    .filter((name) => before[name] !== now[name])
    .map((name) => report(name, before[name], now[name]));
}

function list(parts: readonly string[]): string {
  return parts.length > named ? `${parts.slice(0, named).join(", ")} and ${parts.length - named} more` : parts.join(", ");
}

/** The package that a file belongs to; undefined for one of one's own. */
function packageOf(path: string): string | undefined {
  return /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
}

async function readPackage(digest: Digest, { blobs }: CodeMapStore): Promise<CodePackage | undefined> {
  try {
    return CodePackage.parse(JSON.parse((await blobs.readAll(digest)).toString()));
  } catch (error) {
    // gc may have freed the package of an old record
    if (isCrisolError(error)) return undefined;
    throw error;
  }
}
