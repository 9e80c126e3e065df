import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of crisol's own package: built-in stages and the trainer lie in it. */
export const crisolFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/** A path below a folder, with forward slashes; undefined for a path that lies elsewhere. */
export function pathWithin(folder: string, path: string): string | undefined {
  const inner = relative(folder, resolve(folder, path));
  if (inner === "" || inner === ".." || inner.startsWith(`..${sep}`) || isAbsolute(inner)) return undefined;
  return inner.split(sep).join("/");
}

/**
 * How people and packages call a source file, the same in every checkout: the path inside its npm package
 * ("node_modules/zod/index.js"), inside crisol ("activities/clean/run.ts") or inside the project ("stages/short.ts").
 */
export function fileLabel(project: string, path: string): string {
  const slashed = path.split(sep).join("/");
  const installed = slashed.lastIndexOf("/node_modules/");
  const own = pathWithin(crisolFolder, path);
  if (own !== undefined && !own.includes("node_modules/")) return own;
  if (installed >= 0) return slashed.slice(installed + 1);
  return pathWithin(project, path) ?? relative(project, path).split(sep).join("/");
}
