import type { Metafile } from "esbuild";

/** Every input of a build that an entry imports, itself first. */
export function reachable(metafile: Metafile, entry: string): string[] {
  const seen = new Set([entry]);
  for (const name of seen) for (const imported of importsOf(metafile, name)) seen.add(imported);
  return [...seen];
}

/** Inputs in a namespace of esbuild's ("crisol-stage:0", "(disabled):x") are no files. */
export function isFile(name: string): boolean {
  return !/^[\w-]+:|^\(disabled\):/.test(name);
}

/** Whether an input belongs to an npm package. */
export function isOfPackage(path: string): boolean {
  return /(^|\/)node_modules\//.test(path);
}

/**
 * Whether source files outside of packages import one another in a circle.
 *
 * Then which of them comes first may decide whether they work, so their imports must stay in the order in which they are written.
 */
export function hasCycle(metafile: Metafile, entry: string): boolean {
  const finished = new Set<string>();
  const path = new Set<string>();
  const circles = (name: string): boolean => {
    if (finished.has(name) || isOfPackage(name)) return false;
    if (path.has(name)) return true;
    path.add(name);
    const found = importsOf(metafile, name).some(circles);
    path.delete(name);
    finished.add(name);
    return found;
  };
  return circles(entry);
}

function importsOf(metafile: Metafile, name: string): string[] {
  const imports = metafile.inputs[name]?.imports ?? [];
  return imports.filter(({ path, external }) => external !== true && metafile.inputs[path] !== undefined).map(({ path }) => path);
}
