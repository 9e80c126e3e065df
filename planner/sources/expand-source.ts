import { realpathSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { CrisolError } from "../../schemas/error.ts";
import { pathWithin } from "../../system/package-folder.ts";

/** The files that a source's globs stand for, before they are read. */
export interface Expansion {
  /** Folder that the paths are relative to: the project's, or "/" where a pattern is absolute. */
  readonly base: string;
  /** Sorted, each once. */
  readonly paths: readonly string[];
  /** Matches that were left out, because a link leads out of the project. */
  readonly outside: readonly string[];
  /** Globs that matched nothing. */
  readonly unmatched: readonly string[];
}

/**
 * Match globs: sorted by UTF-16 code units, without duplicates and dot-files, whatever the locale and the order of the globs.
 *
 * Links are followed only inside the project, or inside the folder that a glob names literally before its first wildcard.
 *
 * @throws CrisolError PIPELINE_INVALID for a pattern that leaves the project by ".."; ENVIRONMENT for a name that leads to no file.
 */
export async function expandGlobs(patterns: readonly string[], project: string): Promise<Expansion> {
  for (const pattern of patterns) if (pattern.split("/").includes("..")) throw leavesProject(pattern);
  const base = patterns.some((pattern) => isAbsolute(pattern)) ? "/" : project;
  const globs = patterns.map((pattern) => (base === project ? pattern : resolve(project, pattern).slice(1)));
  const { found, unmatched } = await matches(globs, base);
  const named = globs.map((pattern) => real(join(base, literalFolder(pattern))));
  const allowed = [...new Set([realpathSync.native(project), ...named])].filter((folder) => folder !== undefined);
  const paths: string[] = [];
  const outside: string[] = [];
  const missing: string[] = [];
  for (const path of new Set(found)) {
    const target = real(join(base, path));
    if (target === undefined) missing.push(path);
    else (allowed.some((folder) => pathWithin(folder, target) !== undefined) ? paths : outside).push(path);
  }
  if (missing.length > 0) throw leadsNowhere(base, missing.sort());
  return {
    base,
    paths: paths.sort(),
    outside: outside.sort(),
    unmatched: patterns.filter((_, index) => unmatched.has(globs[index] ?? "")),
  };
}

/** What globs match, each by itself; those with "!" take away from all. */
async function matches(
  globs: readonly string[],
  base: string,
): Promise<{ readonly found: readonly string[]; readonly unmatched: Set<string> }> {
  const without = globs.filter((pattern) => pattern.startsWith("!"));
  const found: string[] = [];
  const unmatched = new Set<string>();
  for (const pattern of globs) {
    if (pattern.startsWith("!")) continue;
    const files = await glob([pattern, ...without], {
      cwd: base,
      onlyFiles: true,
      dot: false,
      expandDirectories: false,
      followSymbolicLinks: true,
    });
    if (files.length === 0) unmatched.add(pattern);
    for (const file of files) found.push(file);
  }
  return { found, unmatched };
}

/** The folder that a glob names before its first wildcard. */
export function literalFolder(pattern: string): string {
  const names = pattern.replace(/^!/, "").split("/");
  const first = names.findIndex((name) => isDynamicPattern(name));
  return names.slice(0, first === -1 ? -1 : first).join("/");
}

/** A path without links; undefined where nothing is. */
function real(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

function leavesProject(pattern: string): CrisolError {
  return new CrisolError({
    code: "PIPELINE_INVALID",
    what: `the pattern "${pattern}" leaves the project's folder by ".."`,
    where: `files("${pattern}")`,
    why: "a plan names files by their path in the project, so that it means the same in every checkout",
    fix: "move or link the files into the project, or give an absolute pattern",
  });
}

function leadsNowhere(base: string, paths: readonly string[]): CrisolError {
  const shown = paths.slice(0, 5).map((path) => JSON.stringify(path));
  return new CrisolError({
    code: "ENVIRONMENT",
    what: `${paths.length} matching ${paths.length === 1 ? "name leads" : "names lead"} to no file: ${shown.join(", ")}${paths.length > 5 ? ", ..." : ""}`,
    where: base,
    why: "a model trained without them would have seen less data than it seems",
    fix: paths.some((path) => path.includes("\ufffd"))
      ? "rename the files whose names are not UTF-8 (convmv does many at once)"
      : "run it again once no other program deletes files there",
  });
}
