import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { Loader, Plugin } from "esbuild";
import { withPureDefinitions } from "../meaning/definitions.ts";
import { bareImports } from "../meaning/syntax.ts";

const loaders: { readonly [ending: string]: Extract<Loader, "ts" | "js"> } = { ".ts": "ts", ".mts": "ts", ".js": "js", ".mjs": "js" };

/** A source file outside of packages, as it was read for a bundle. */
export interface OwnSource {
  readonly text: string;
  /** What it imports for its side effects alone (`import "./setup.ts"`), as it names it. */
  readonly bareImports: readonly string[];
}

/**
 * What esbuild is given for source files outside of packages: their text, with definitions that it can leave out.
 *
 * @param sources is given each file, by its path.
 */
export function ownSources(sources: Map<string, OwnSource>): Plugin {
  return {
    name: "crisol-own-sources",
    setup(build) {
      build.onLoad({ filter: /\.m?[jt]s$/ }, async ({ path }) => {
        const loader = loaders[extname(path)];
        if (loader === undefined || path.includes("/node_modules/")) return undefined;
        const text = await readFile(path, "utf8");
        sources.set(path, { text, bareImports: (await bareImports(text, loader)) ?? [] });
        const contents = await withPureDefinitions(text, loader, basename(path));
        return contents === undefined ? undefined : { contents, loader };
      });
    },
  };
}
