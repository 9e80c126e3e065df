import { readdirSync } from "node:fs";
import { extname, isAbsolute, join } from "node:path";
import { glob } from "tinyglobby";
import { closest } from "../../system/text/spelling.ts";
import { literalFolder } from "./expand-source.ts";

/** Another pattern, and how many files it stands for. */
export interface NearMatch {
  readonly pattern: string;
  readonly files: number;
}

/** Patterns near to one that matched nothing, that do match: a folder with another spelling, another ending, folders below. At most three. */
export async function nearMatches(pattern: string, project: string): Promise<NearMatch[]> {
  const base = isAbsolute(pattern) ? "/" : project;
  const folder = mendedFolder(literalFolder(pattern), base);
  if (folder === undefined) return [];
  const rest = pattern.slice(literalFolder(pattern).length).replace(/^\//, "");
  const candidates = [rest, ...otherEndings(rest, join(base, folder)), ...otherNames(rest, join(base, folder)), `**/${rest}`];
  const matches: NearMatch[] = [];
  for (const candidate of new Set(candidates.map((name) => (folder === "" ? name : `${folder}/${name}`)))) {
    if (candidate === pattern || matches.length === 3) continue;
    const cwd = base === "/" ? join(base, folder) : project;
    const relative = base === "/" ? candidate.slice(folder.length + 1) : candidate;
    const files = await glob([relative], { cwd, onlyFiles: true, expandDirectories: false, ignore: ["**/node_modules/**"], deep: 6 });
    if (files.length > 0) matches.push({ pattern: candidate, files: files.length });
  }
  return matches;
}

/** The folder with each misspelt name replaced by the nearest that is there; undefined when none is near. */
function mendedFolder(folder: string, base: string): string | undefined {
  let corrected = base;
  const names = folder.split("/").filter((name) => name !== "");
  const right: string[] = [];
  for (const name of names) {
    const there = foldersIn(corrected);
    const found = there.includes(name) ? name : closest(name, there);
    if (found === undefined) return undefined;
    right.push(found);
    corrected = join(corrected, found);
  }
  return (base === "/" ? "/" : "") + right.join("/");
}

function otherEndings(rest: string, folder: string): string[] {
  const ending = extname(rest);
  if (ending === "" || !rest.includes("*")) return [];
  const counts = new Map<string, number>();
  for (const name of filesIn(folder)) {
    // ".jsonl.gz" is one ending
    const found = /\.[a-z0-9]+(\.(gz|zst))?$/i.exec(name)?.[0];
    if (found !== undefined) counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, 2)
    .map(([found]) => rest.slice(0, -ending.length) + found);
}

function otherNames(rest: string, folder: string): string[] {
  if (rest.includes("*") || rest.includes("/")) return [];
  const name = closest(rest, filesIn(folder));
  return name === undefined ? [] : [name];
}

function foldersIn(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => (entry.isDirectory() || entry.isSymbolicLink() ? [entry.name] : []));
}

function filesIn(folder: string): string[] {
  return entriesOf(folder).flatMap((entry) => (entry.isFile() && !entry.name.startsWith(".") ? [entry.name] : []));
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
