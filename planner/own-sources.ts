import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { Loader, Plugin, TransformOptions, TransformResult } from "esbuild";
import { sortImports } from "./import-order.ts";
import { mappedCode, withInlineMap, withOtherHead } from "./mapped-code.ts";
import { hasDefinitions, wrapDefinitions } from "./pure-definitions.ts";

const loaders: { readonly [ending: string]: Loader } = { ".ts": "ts", ".mts": "ts", ".js": "js", ".mjs": "js" };

/**
 * What esbuild is given for source files outside of packages: the same code, written in one way, with a map to the source as it is.
 *
 * @param options.sortImports whether the order of imports is made one too.
 * @param options.texts is given each file as it is, by its path.
 */
export function ownSources(
  transform: (text: string, options: TransformOptions) => Promise<TransformResult>,
  options: {
    readonly sortImports: boolean;
    readonly texts: Map<string, string>;
    readonly tsconfigRaw: NonNullable<TransformOptions["tsconfigRaw"]>;
  },
): Plugin {
  return {
    name: "crisol-own-sources",
    setup(build) {
      build.onLoad({ filter: /\.m?[jt]s$/ }, async ({ path }) => {
        const loader = loaders[extname(path)];
        if (loader === undefined || path.includes("/node_modules/")) return undefined;
        const source = await readFile(path, "utf8");
        options.texts.set(path, source);
        const defines = hasDefinitions(source);
        // whatever is wrong with the file, esbuild tells itself, with the places of the source
        const printed = await transform(source, {
          loader,
          format: "esm",
          target: "node24",
          legalComments: "none",
          charset: "utf8",
          sourcemap: "external",
          sourcesContent: false,
          tsconfigRaw: options.tsconfigRaw,
          // the lines of a text would look like statements
          supported: { "template-literal": !defines },
        }).catch(() => undefined);
        if (printed === undefined) return undefined;
        const whole = mappedCode(printed);
        const sorted = options.sortImports ? withOtherHead(whole, sortImports(whole.code)) : whole;
        const mapped = defines ? wrapDefinitions(sorted) : sorted;
        return { contents: withInlineMap(mapped, basename(path)), loader: "js" };
      });
    },
  };
}
