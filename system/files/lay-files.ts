import { mkdir, readdir } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

/** Put files into a folder, each at its path: `place` creates a file, whose folder already exists. */
export async function layFiles<T extends { readonly path: string }>(
  files: readonly T[],
  folder: string,
  place: (file: T, target: string) => Promise<void>,
): Promise<void> {
  const made = new Set<string>();
  for (const file of files) {
    const target = join(folder, file.path);
    const parent = dirname(target);
    if (!made.has(parent)) await mkdir(parent, { recursive: true });
    made.add(parent);
    await place(file, target);
  }
}

/** Paths of all files below a folder, with forward slashes, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}
