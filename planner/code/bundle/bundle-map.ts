import { resolve } from "node:path";
import { z } from "zod";
import type { CodeMap } from "../../../schemas/code-map.ts";
import type { Piece } from "./bundle-pieces.ts";
import { isFile, isOfPackage } from "./import-graph.ts";
import type { OwnSource } from "./own-sources.ts";

/** The parts of a code map: files are named by their absolute paths. */
export type BundleMap = Omit<CodeMap, "version" | "bundle">;

const BuildMap = z.object({ sources: z.array(z.string()), mappings: z.string() });

/**
 * Where a bundle comes from.
 *
 * @param pieces the parts of the bundle, in order.
 * @param map the source map that esbuild made for the bundle with its white space.
 * @param options.outdir the folder that the map's sources are relative to; pieces' inputs are relative to `root`.
 * @param options.sources source files outside of packages, by their paths.
 */
export function bundleMap(
  pieces: readonly Piece[],
  map: string,
  options: { readonly root: string; readonly outdir: string; readonly sources: ReadonlyMap<string, OwnSource> },
): BundleMap {
  const { root, outdir } = options;
  const built = BuildMap.parse(JSON.parse(map));
  let line = 0;
  const parts = pieces.map(({ input, line: spacedLine, text, mappings }) => {
    const part = { line };
    line += text.split("\n").length - 1;
    if (input === undefined || !isFile(input)) return part;
    const file = resolve(root, input);
    return isOfPackage(input) ? { ...part, file } : { ...part, file, spaced: { line: spacedLine, mappings } };
  });
  return {
    parts,
    sources: built.sources.map((source) => {
      // relative, but written as in a URL: ñ as %C3%B1
      const file = resolve(outdir, decodeURIComponent(source));
      const own = options.sources.get(file);
      return own === undefined ? { file } : { file, text: own.text };
    }),
    mappings: built.mappings,
  };
}
