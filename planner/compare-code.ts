import { CodePackage } from "../schemas/code-package.ts";
import type { Digest } from "../schemas/digest.ts";
import { isCrisolError } from "../schemas/error.ts";
import { fileTexts } from "./bundle-texts.ts";
import { compareDeclarations } from "./compare-declarations.ts";
import type { PlannerStore } from "./planner-store.ts";

type Blobs = Pick<PlannerStore["blobs"], "readAll">;

/** Things of a kind that are named; of more, only the number. */
const named = 3;

/**
 * What differs between two code packages, in a few words: the files first, the user's own before those of packages, each with the
 * declarations at its top level that differ.
 */
export async function compareCode(before: Digest, now: Digest, blobs: Blobs): Promise<string> {
  const [old, current] = await Promise.all([readPackage(before, blobs), readPackage(now, blobs)]);
  if (old === undefined || current === undefined) return "changed";
  const versions = changes(old.externals, current.externals, (name, was, is) => `${name} ${was ?? "not there"} -> ${is ?? "not there"}`);
  const differs = (one: unknown, other: unknown, what: string) =>
    JSON.stringify(one) === JSON.stringify(other) ? [] : [`${what} changed`];
  const declared = [
    ...differs(old.command?.words, current.command?.words, "the words of its command"),
    ...differs(old.map, current.map, "what it goes over shard by shard"),
    ...differs(old.outputs, current.outputs, "what the stage makes"),
  ];
  const all = [...(await compareFiles(old, current, blobs)), ...versions, ...declared];
  return all.length === 0 ? "modules load in another order" : list(all);
}

/** Which files differ; those of packages only by the package's name, and those that esbuild's names alone tell apart not at all. */
async function compareFiles(old: CodePackage, current: CodePackage, blobs: Blobs): Promise<string[]> {
  const differing = changes(old.files, current.files, (path, was, is) => ({ path, was, is }));
  const packages = differing.flatMap(({ path }) => packageOf(path) ?? []);
  const own = differing.filter(({ path }) => packageOf(path) === undefined);
  const texts = own.some(({ was, is }) => was !== undefined && is !== undefined) ? await bundles(old, current, blobs) : undefined;
  const told = await Promise.all(
    own.map(async ({ path, was, is }) => {
      if (was === undefined || is === undefined) return { text: `${path} ${was === undefined ? "added" : "removed"}`, minor: false };
      const before = texts?.old.get(path);
      const now = texts?.current.get(path);
      if (texts === undefined || before === undefined || now === undefined) return { text: `${path} changed`, minor: false };
      const { declarations, renamedOnly } = await compareDeclarations(
        { part: before, bundle: texts.oldBundle },
        { part: now, bundle: texts.currentBundle },
      );
      return { text: `${path} changed${declarations.length === 0 ? "" : ` (${list(declarations)})`}`, minor: renamedOnly };
    }),
  );
  const major = told.filter(({ minor }) => !minor);
  return [...(major.length > 0 ? major : told).map(({ text }) => text), ...new Set(packages.map((name) => `package ${name} changed`))];
}

/** What each file contributes to the two bundles; undefined when one of them cannot be read. */
async function bundles(old: CodePackage, current: CodePackage, blobs: Blobs) {
  const read = async ({ bundle }: CodePackage) => (await blobs.readAll(bundle)).toString();
  try {
    const [oldBundle, currentBundle] = await Promise.all([read(old), read(current)]);
    return { oldBundle, currentBundle, old: fileTexts(oldBundle, old.files), current: fileTexts(currentBundle, current.files) };
  } catch (error) {
    if (isCrisolError(error)) return undefined;
    throw error;
  }
}

type Texts = { readonly [name: string]: string };

function changes<T>(before: Texts, now: Texts, tell: (name: string, was: string | undefined, is: string | undefined) => T): T[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])]
    .sort()
    .filter((name) => before[name] !== now[name])
    .map((name) => tell(name, before[name], now[name]));
}

function list(parts: readonly string[]): string {
  return parts.length > named ? `${parts.slice(0, named).join(", ")} and ${parts.length - named} more` : parts.join(", ");
}

/** The package that a file belongs to; undefined for one of one's own. */
function packageOf(path: string): string | undefined {
  return /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
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
