import { existsSync } from "node:fs";
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);

/** The folder of crisol's own package, with the trainer in it: in a clone the repository's root, in an installed package one above `dist/`. */
export const crisolFolder = packageFolder(dirname(here));

/** Path of a module of crisol's own, named without its ending: "dsl/graph/use-stage". */
export function ownModule(name: string): string {
  return join(dirname(dirname(here)), `${name}${extname(here)}`);
}

function packageFolder(from: string): string {
  return existsSync(join(from, "package.json")) || dirname(from) === from ? from : packageFolder(dirname(from));
}

/** A path below a folder, with forward slashes; undefined for a path that lies elsewhere. */
export function pathWithin(folder: string, path: string): string | undefined {
  const inner = relative(folder, resolve(folder, path));
  if (inner === "" || inner === ".." || inner.startsWith(`..${sep}`) || isAbsolute(inner)) return undefined;
  return inner.split(sep).join("/");
}

/**
 * How people and packages call a source file, the same in every checkout: the path inside its npm package
 * ("node_modules/zod/index.js"), inside crisol ("activities/data/clean/run.ts") or inside the project ("stages/short.ts").
 */
export function fileLabel(project: string, path: string): string {
  const slashed = path.split(sep).join("/");
  const installed = slashed.lastIndexOf("/node_modules/");
  const own = pathWithin(crisolFolder, path);
  if (own !== undefined && !own.includes("node_modules/")) return own.replace(/^dist\/(.*)\.js$/, "$1.ts");
  if (installed >= 0) return slashed.slice(installed + 1);
  return pathWithin(project, path) ?? relative(project, path).split(sep).join("/");
}
