import { SourceMap } from "node:module";
import { readCodeMap } from "../../../planner/code/code-map.ts";
import type { CodeMap } from "../../../schemas/code-map.ts";
import type { Digest } from "../../../schemas/digest.ts";
import type { Store } from "../../../store/store.ts";

/** A place in a source file. */
export interface SourcePlace {
  /** The file's name for people; with line and column (`stages/short.ts:12:7`) if the map has them. */
  readonly name: string;
  /** The text of that line when the stage was planned, and the column in it, from 0; absent for packages. */
  readonly line?: { readonly text: string; readonly column: number };
}

/** Maps places in a bundle to places in its sources. */
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
   * The source of a place in the bundle; undefined if it comes from no file.
   *
   * @param line from 0, like the column.
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

/** The source places of a code package; undefined when its map is missing or damaged: errors then name places in the packed code. */
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
