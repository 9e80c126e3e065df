import { join } from "node:path";
import type { GraphSource } from "../../dsl/graph/graph.ts";
import type { ArtifactRef, FileEntry } from "../../schemas/artifact.ts";
import { CrisolError, isCrisolError } from "../../schemas/error.ts";
import type { PlannerStore } from "../planner-store.ts";
import { type Expansion, expandGlobs } from "./expand-source.ts";
import { nearMatches } from "./near-matches.ts";

/** Files that are hashed at once. */
const lanes = 16;

/** A source that has been looked at: which files its patterns stand for now. */
export interface FoundSource {
  readonly name: string;
  readonly pattern: readonly string[];
  /** Those of its patterns that no file matches, though others do. */
  readonly unmatched: readonly string[];
  /** An artifact of kind `files`: only the list is in the store, the bytes stay where they are. */
  readonly artifact: ArtifactRef;
  /** Folder that the files' paths are relative to: the project's, or "/" where a pattern is absolute (then `meta.base` says so). */
  readonly base: string;
  readonly files: readonly FileEntry[];
}

/**
 * Look at a pipeline's sources: match their globs, hash the files, commit the lists.
 *
 * @throws CrisolError SOURCE_EMPTY naming every source that matches nothing, with patterns near to it that do.
 */
export async function findSources(
  sources: readonly GraphSource[],
  options: { readonly project: string; readonly store: Pick<PlannerStore, "artifacts" | "files"> },
): Promise<FoundSource[]> {
  const expanded = await Promise.all(
    sources.map(async (source) => ({ source, expansion: await expandGlobs(source.pattern, options.project) })),
  );
  const empty = expanded.filter(({ expansion }) => expansion.paths.length === 0);
  if (empty.length > 0) throw await sourceEmpty(empty, options.project);
  const found: FoundSource[] = [];
  for (const { source, expansion } of expanded) {
    const files = await hashAll(expansion, options.store);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const artifact = await options.store.artifacts.commit({
      kind: "files",
      facts: [],
      counts: { files: files.length, bytes },
      meta: expansion.base === "/" ? { base: "/" } : {},
      files,
      producer: null,
      inputs: [],
    });
    found.push({ name: source.name, pattern: source.pattern, unmatched: expansion.unmatched, artifact, base: expansion.base, files });
  }
  return found;
}

async function hashAll({ base, paths }: Expansion, { files }: Pick<PlannerStore, "files">): Promise<FileEntry[]> {
  const entries = new Map<string, FileEntry>();
  const waiting = paths.values();
  const lane = async (): Promise<void> => {
    for (const path of waiting) {
      const hashed = await files.hashFile(join(base, path)).catch((error: unknown) => Promise.reject(unreadable(join(base, path), error)));
      entries.set(path, { path, ...hashed });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return paths.flatMap((path) => entries.get(path) ?? []);
}

function unreadable(path: string, error: unknown): unknown {
  if (isCrisolError(error) || !(error instanceof Error)) return error;
  return new CrisolError(
    {
      code: "ENVIRONMENT",
      what: `a raw file cannot be read: ${error.message}`,
      where: path,
      why: "every byte of the raw data is hashed before a stage reads it",
      fix: "give yourself permission to read it, or exclude it from the pattern",
    },
    { cause: error },
  );
}

/** What may be amiss with sources whose data is there: a line for each pattern that no file matches, with those near to it that do. */
export async function sourceWarnings(sources: readonly Pick<FoundSource, "unmatched">[], project: string): Promise<string[]> {
  return Promise.all(
    sources
      .flatMap(({ unmatched }) => unmatched)
      .map(async (pattern) => {
        const [near] = await nearMatches(pattern, project);
        const hint = near === undefined ? "" : `: did you mean ${JSON.stringify(near.pattern)}? It matches ${count(near.files)}`;
        return `no file matches ${JSON.stringify(pattern)}, one of several patterns${hint}`;
      }),
  );
}

function count(files: number): string {
  return `${files} ${files === 1 ? "file" : "files"}`;
}

async function sourceEmpty(empty: readonly { source: GraphSource; expansion: Expansion }[], project: string): Promise<CrisolError> {
  const hints: string[] = [];
  for (const { source, expansion } of empty) {
    if (expansion.outside.length > 0) {
      hints.push(
        `${expansion.outside.length} matches (${expansion.outside[0]}) are links that leave the project; give their absolute path instead`,
      );
    }
    for (const pattern of source.pattern) {
      for (const near of await nearMatches(pattern, project)) {
        hints.push(`did you mean files(${JSON.stringify(near.pattern)})? It matches ${count(near.files)}`);
      }
    }
  }
  const patterns = empty.map(({ source }) => `files(${source.pattern.map((pattern) => JSON.stringify(pattern)).join(", ")})`);
  return new CrisolError({
    code: "SOURCE_EMPTY",
    what: `no file matches ${patterns.join(", nor ")}`,
    where: `folder ${project}`,
    why: "a pipeline without data has nothing to do",
    fix:
      hints.length > 0
        ? hints.join("; ")
        : "put the files there, or correct the pattern: it is relative to the project's folder, and dot-files are left out",
  });
}
