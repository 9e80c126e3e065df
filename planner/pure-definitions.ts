import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import type { Loader, Plugin, TransformOptions, TransformResult } from "esbuild";

const definition = /^(?<head>(?:export )?(?:const|let|var) [\w$]+ = |export default )(?=define(?:Stage|Filter|Pipeline)\()/;

const loaders: { readonly [ending: string]: Loader } = { ".ts": "ts", ".mts": "ts", ".js": "js", ".mjs": "js" };

/**
 * Lets esbuild leave out definitions that a stage does not use: the pipeline in its file, other stages beside it.
 *
 * `defineStage`, `defineFilter` and `definePipeline` only make a value, but esbuild cannot know; so each call is wrapped in a function that
 * is marked as pure. Files that such a rewriting might break (a text literal of several lines) are left as they are.
 */
export function pureDefinitions(transform: (text: string, options: TransformOptions) => Promise<TransformResult>): Plugin {
  return {
    name: "crisol-pure-definitions",
    setup(build) {
      build.onLoad({ filter: /\.m?[jt]s$/ }, async ({ path }) => {
        const loader = loaders[extname(path)];
        if (loader === undefined || path.includes("/node_modules/")) return undefined;
        const source = await readFile(path, "utf8");
        if (!/\bdefine(Stage|Filter|Pipeline)\(/.test(source)) return undefined;
        const options = { loader, format: "esm", target: "node24", legalComments: "none", charset: "utf8" } as const;
        const tsconfigRaw = { compilerOptions: { verbatimModuleSyntax: true } } as const;
        // whatever is wrong with the file, esbuild tells itself, with the places of the source
        const plain = await transform(source, { ...options, tsconfigRaw }).catch(() => undefined);
        const contents = plain === undefined ? undefined : wrapDefinitions(plain.code);
        if (contents === undefined) return undefined;
        const parses = await transform(contents, { loader: "js" }).catch(() => undefined);
        return parses === undefined ? undefined : { contents, loader: "js" };
      });
    },
  };
}

/**
 * Wrap the definitions in a module as esbuild prints it: statements begin a line, and everything inside of them is indented.
 *
 * @returns undefined when there is nothing to wrap, or no telling.
 */
function wrapDefinitions(code: string): string | undefined {
  const lines = code.split("\n");
  if (lines.some((line) => (line.split("`").length - 1) % 2 === 1)) return undefined;
  for (let start = 0; start < lines.length; start++) {
    const first = lines[start] ?? "";
    const head = definition.exec(first)?.groups?.head;
    if (head === undefined) continue;
    const end = first.endsWith(");") ? start : lines.findIndex((line, index) => index > start && /^\S/.test(line));
    const last = lines[end] ?? "";
    if (end !== start && !/^[\])}]+;$/.test(last)) continue;
    lines[start] = `${head}/* @__PURE__ */ (() => ${first.slice(head.length)}`;
    lines[end] = `${(lines[end] ?? "").slice(0, -1)})();`;
  }
  const wrapped = lines.join("\n");
  return wrapped === code ? undefined : wrapped;
}
