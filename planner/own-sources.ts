import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { Loader, Plugin, TransformOptions, TransformResult } from "esbuild";
import { sortImports } from "./import-order.ts";
import { hasDefinitions, wrapDefinitions } from "./pure-definitions.ts";

const loaders: { readonly [ending: string]: Loader } = { ".ts": "ts", ".mts": "ts", ".js": "js", ".mjs": "js" };

/**
 * What esbuild is given for source files outside of packages: the same code, written in one way.
 *
 * `sortImports`: whether the order of imports is made one too.
 */
export function ownSources(
  transform: (text: string, options: TransformOptions) => Promise<TransformResult>,
  options: { readonly sortImports: boolean; readonly tsconfigRaw: NonNullable<TransformOptions["tsconfigRaw"]> },
): Plugin {
  return {
    name: "crisol-own-sources",
    setup(build) {
      build.onLoad({ filter: /\.m?[jt]s$/ }, async ({ path }) => {
        const loader = loaders[extname(path)];
        if (loader === undefined || path.includes("/node_modules/")) return undefined;
        const source = await readFile(path, "utf8");
        const defines = hasDefinitions(source);
        // whatever is wrong with the file, esbuild tells itself, with the places of the source
        const printed = await transform(source, {
          loader,
          format: "esm",
          target: "node24",
          legalComments: "none",
          charset: "utf8",
          tsconfigRaw: options.tsconfigRaw,
          // the lines of a text would look like statements
          supported: { "template-literal": !defines },
        }).catch(() => undefined);
        if (printed === undefined) return undefined;
        const contents = options.sortImports ? sortImports(printed.code) : printed.code;
        return { contents: defines ? wrapDefinitions(contents) : contents, loader: "js" };
      });
    },
  };
}
