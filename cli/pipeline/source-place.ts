/** Places in users' source files: found in stacks, and written as `pipelines/x.ts:12:20`. */
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { stackPlaces } from "../../dsl/call-site.ts";
import { crisolFolder } from "../../system/package-folder.ts";

const ownFolders = [
  "activities",
  "chaos",
  "cli",
  "dist",
  "dsl",
  "engine",
  "inference",
  "node_modules",
  "planner",
  "schemas",
  "stage-code",
  "store",
  "system",
].map((name) => join(crisolFolder, name) + sep);

/** Whether a file is part of crisol or of a package: a user's mistake may surface there, but is not there. */
export function isOwnSource(path: string): boolean {
  return ownFolders.some((folder) => path.startsWith(folder)) || path.includes(`${sep}node_modules${sep}`);
}

/** The innermost place of a stack that is in a user's file, or the file that a syntax error names first; as `path:line` or `path:line:column`. */
export function placeInStack(stack: string): string | undefined {
  const head = /^(?:file:\/\/)?(\/[^\n]+?)(?:\?[^\n:]*)?:(\d+)\n/.exec(stack);
  if (head !== null) return `${decodeURI(head[1] ?? "")}:${head[2]}`;
  for (const { path, position } of stackPlaces(stack)) if (!isOwnSource(path)) return path + position;
  return undefined;
}

/** A text in which paths below a folder are relative to it. */
export function withRelativePlaces(text: string, folder: string): string {
  const root = folder.endsWith(sep) ? folder : folder + sep;
  return text.replace(/file:\/\/\/\S+?(?=[:\s)]|$)/g, toPath).replaceAll(root, "");
}

function toPath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

/** A path as it is shown: relative to a folder if it is below it. */
export function shownPath(path: string, folder: string): string {
  const inside = relative(folder, path);
  return inside === "" || inside.startsWith("..") ? path : inside;
}
