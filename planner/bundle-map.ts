import { resolve } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { z } from "zod";
import type { CodeMap } from "../schemas/code-map.ts";
import { digestOf } from "../schemas/digest.ts";
import type { MinifiedPiece } from "./bundle-pieces.ts";
import { isFile } from "./import-graph.ts";

/** What a code map is made of: its files are called by their absolute paths. */
export type BundleMap = Omit<CodeMap, "version" | "bundle">;

const BuildMap = z.object({ sources: z.array(z.string()), mappings: z.string() });

/**
 * Where a bundle comes from.
 *
 * @param pieces what the bundle is made of, in order.
 * @param map the source map that esbuild made for the bundle with its white space.
 * @param options.outdir the folder that the map's sources are relative to; pieces' inputs are relative to `root`.
 * @param options.texts source files outside of packages, by their paths.
 */
export function bundleMap(
  pieces: readonly MinifiedPiece[],
  map: string,
  options: { readonly root: string; readonly outdir: string; readonly texts: ReadonlyMap<string, string> },
): BundleMap {
  const { root, outdir, texts } = options;
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
      const text = texts.get(file);
      return text === undefined ? { file } : { file, text };
    }),
    mappings: built.mappings,
  };
}

/** The code map of a bundle, as it is kept: a compressed text. */
export function codeMapBytes(bundle: { readonly text: string; readonly map: BundleMap }, label: (path: string) => string): Buffer {
  const { parts, sources, mappings } = bundle.map;
  const named = <T extends { readonly file?: string }>(part: T): T =>
    part.file === undefined ? part : { ...part, file: label(part.file) };
  const map: CodeMap = { version: 1, bundle: digestOf(bundle.text), parts: parts.map(named), sources: sources.map(named), mappings };
  return zstdCompressSync(JSON.stringify(map));
}

function isOfPackage(path: string): boolean {
  return /(^|\/)node_modules\//.test(path);
}
