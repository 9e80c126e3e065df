import { SourceMap } from "node:module";
import { readCodeMap } from "../planner/code-map.ts";
import type { CodeMap } from "../schemas/code-map.ts";
import type { Digest } from "../schemas/digest.ts";
import type { Store } from "../store/store.ts";

/** A place in a source file. */
export interface SourcePlace {
  /** The file as people call it; `stages/short.ts:12:7` where the map knows that much. */
  readonly name: string;
  /** The line that stood there when the stage was planned, and the column in it, from 0; absent for packages. */
  readonly line?: { readonly text: string; readonly column: number };
}

/** Tells of places in a bundle where in the source they come from. */
export class SourcePlaces {
  readonly bundle: Digest;
  readonly #map: CodeMap;
  readonly #spaced: SourceMap;

  constructor(map: CodeMap) {
    this.bundle = map.bundle;
    this.#map = map;
    this.#spaced = sourceMap(
      map.sources.map(({ file }) => file),
      map.mappings,
    );
  }

  /**
   * Where a place of the bundle comes from; undefined where no file does.
   *
   * @param line from 0, as the column is.
   */
  of(line: number, column: number): SourcePlace | undefined {
    const part = this.#map.parts.findLast((candidate) => candidate.line <= line);
    if (part?.file === undefined) return undefined;
    if (part.spaced === undefined) return { name: part.file };
    const inner = origin(sourceMap([part.file], part.spaced.mappings), line - part.line, column);
    const outer = inner && origin(this.#spaced, part.spaced.line + inner.line, inner.column);
    if (outer === undefined) return { name: part.file };
    const text = this.#map.sources.find(({ file }) => file === outer.source)?.text?.split("\n")[outer.line];
    return {
      name: `${outer.source}:${outer.line + 1}:${outer.column + 1}`,
      ...(text === undefined ? {} : { line: { text, column: outer.column } }),
    };
  }
}

/** The places of a code package; undefined when its map is missing or damaged: errors then name the packed code. */
export async function readSourcePlaces(store: Store, code: Digest): Promise<SourcePlaces | undefined> {
  const map = await readCodeMap(store, code);
  return map && new SourcePlaces(map);
}

function sourceMap(sources: readonly string[], mappings: string): SourceMap {
  return new SourceMap({ version: 3, file: "", sourceRoot: "", sources: [...sources], sourcesContent: [], names: [], mappings });
}

function origin(map: SourceMap, line: number, column: number): { source: string; line: number; column: number } | undefined {
  const entry = map.findEntry(line, column);
  if (!("originalLine" in entry) || entry.originalLine === undefined) return undefined;
  return { source: entry.originalSource, line: entry.originalLine, column: entry.originalColumn };
}
