/** Who imports what, read from the sources: the ground of the tests on the layout. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** An import as it stands in a file: of which file, from where, and whether only types come with it. */
export interface Import {
  readonly file: string;
  /** A path from the root for a file of this repository, else what is written. */
  readonly from: string;
  readonly typeOnly: boolean;
}

const root = dirname(import.meta.dirname);

/** The top-level folders that hold crisol's code. */
const codeFolders = [
  "activities",
  "chaos",
  "cli",
  "dsl",
  "engine",
  "inference",
  "pipelines",
  "planner",
  "schemas",
  "stage-code",
  "store",
  "system",
  "workflows",
];

/** Every source file of crisol but its tests, as a path from the root. */
export const sources: readonly string[] = codeFolders
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => posix.join(folder, path)))
  .filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));

/** The imports of a file, static and dynamic, its re-exports included. */
export function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8").replaceAll(/`[^`]*`|^\s*(\/\/|\*).*$/gm, "");
  const statements = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"|import\("([^"]+)"\)/gm);
  return [...statements].map(([, type, named, dynamic]) => {
    const from = named ?? dynamic ?? "";
    return { file, from: from.startsWith(".") ? posix.join(posix.dirname(file), from) : from, typeOnly: type !== undefined };
  });
}

/** Whether an import names a file of this repository. */
export function isLocal({ from }: Import): boolean {
  return from.includes("/") && /\.m?ts$/.test(from);
}

/** One circle of files that import each other, types included; undefined where there is none. */
export function circle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of graph.get(file) ?? []) {
      const found = visit(next);
      if (found !== undefined) return found;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const found = visit(file);
    if (found !== undefined) return found;
  }
  return undefined;
}
