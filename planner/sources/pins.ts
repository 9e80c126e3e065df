import type { FileEntry } from "../../schemas/artifact.ts";
import type { Digest } from "../../schemas/digest.ts";
import { CrisolError } from "../../schemas/error.ts";
import { type LockFile, readLock, writeLock } from "./lock-file.ts";
import type { FoundSource } from "./sources.ts";

/** How a source's file differs from its pin. */
export interface Difference {
  readonly source: string;
  readonly path: string;
  readonly kind: "changed" | "missing" | "new";
  readonly pinned?: Pin;
  readonly found?: Pin;
}

/** What is pinned of a file. */
export interface Pin {
  readonly bytes: number;
  readonly sha256: Digest;
}

/** The pipeline whose sources are looked at, and what was found. */
export interface PinnedSources {
  readonly pipeline: string;
  readonly sources: readonly Pick<FoundSource, "name" | "pattern" | "files">[];
}

/**
 * Every difference between the files found and their pins.
 *
 * A source that is not pinned has none. Where the pattern itself was edited, files that only one of the two patterns stands for are no
 * difference; a file of both must still have its bytes.
 */
export function checkPins(lock: LockFile, { pipeline, sources }: PinnedSources): Difference[] {
  return sources.flatMap((source) => {
    const pins = lock.pipelines[pipeline] ?? {};
    // names are numbered by first use: the same pattern is the same source
    const pinned = Object.values(pins).find((candidate) => isSamePattern(candidate, source)) ?? pins[source.name];
    if (pinned === undefined) return [];
    const samePattern = isSamePattern(pinned, source);
    const found = new Map(source.files.map((file) => [file.path, file]));
    const paths = new Set([...Object.keys(pinned.files), ...found.keys()]);
    return [...paths].sort().flatMap((path) => compare(source.name, path, pinned.files[path], found.get(path), samePattern));
  });
}

function isSamePattern(a: { readonly pattern: readonly string[] }, b: { readonly pattern: readonly string[] }): boolean {
  return a.pattern.join("\0") === b.pattern.join("\0");
}

function compare(source: string, path: string, pinned: Pin | undefined, file: FileEntry | undefined, samePattern: boolean): Difference[] {
  const found = file === undefined ? undefined : { bytes: file.bytes, sha256: file.sha256 };
  if (pinned !== undefined && found !== undefined) {
    return pinned.sha256 === found.sha256 ? [] : [{ source, path, kind: "changed", pinned, found }];
  }
  if (!samePattern) return [];
  if (pinned !== undefined) return [{ source, path, kind: "missing", pinned }];
  return found === undefined ? [] : [{ source, path, kind: "new", found }];
}

/** Pin the sources of a pipeline as they were found, in the project's lock file; nothing is written when they are there already. */
export async function writePins(project: string, { pipeline, sources }: PinnedSources): Promise<void> {
  const lock = await readLock(project);
  const pins: LockFile["pipelines"][string] = {};
  for (const { name, pattern, files } of sources) {
    pins[name] = { pattern: [...pattern], files: Object.fromEntries(files.map(({ path, bytes, sha256 }) => [path, { bytes, sha256 }])) };
  }
  await writeLock(project, { ...lock, pipelines: { ...lock.pipelines, [pipeline]: pins } });
}

/**
 * What a run does before it starts: refuse sources that differ from their pins, pin those that have none.
 *
 * @param options.relock accept what is there and pin it.
 * @throws CrisolError SOURCE_CHANGED
 */
export async function holdPins(project: string, found: PinnedSources, options: { readonly relock: boolean }): Promise<void> {
  const differences = options.relock ? [] : checkPins(await readLock(project), found);
  if (differences.length > 0) throw sourceChanged(differences);
  await writePins(project, found);
}

/** The refusal: each file named (the first 20, then a count). */
export function sourceChanged(differences: readonly Difference[]): CrisolError {
  const named = differences.slice(0, 20).map(describeDifference);
  if (differences.length > named.length) named.push(`and ${differences.length - named.length} more`);
  return new CrisolError({
    code: "SOURCE_CHANGED",
    what: `${differences.length} raw ${differences.length === 1 ? "file differs" : "files differ"} from crisol.lock.json`,
    where: named.join("\n"),
    why: "other bytes give another model, and only you can know whether this was an honest change or someone poisoned the data",
    fix: "restore the files, or review the changes and accept them: run again with --relock",
  });
}

/** One difference in a line: path, pinned and found digest. */
export function describeDifference({ path, kind, pinned, found }: Difference): string {
  switch (kind) {
    case "changed":
      return `${path}: changed: pinned ${shown(pinned)}, found ${shown(found)}`;
    case "missing":
      return `${path}: missing: pinned ${shown(pinned)}`;
    case "new":
      return `${path}: new, not pinned: found ${shown(found)}`;
  }
}

function shown(pin: Pin | undefined): string {
  return pin === undefined ? "nothing" : `sha256 ${pin.sha256} (${pin.bytes} bytes)`;
}
