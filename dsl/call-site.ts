import { sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ownFolder = fileURLToPath(new URL(".", import.meta.url));

/** Where the pipeline's code called this language: `file:///x/pipelines/a.ts:12:20`; undefined when the stack does not show it. */
export function callSite(): string | undefined {
  return placeIn(new Error("call site"));
}

/** The innermost place of an error's stack that is in neither this language nor a package. */
export function placeIn(error: Error): string | undefined {
  for (const { path, position } of stackPlaces(error.stack ?? "")) {
    const isOwn = path.startsWith(ownFolder) && !path.endsWith(".test.ts");
    if (!isOwn && !path.includes(`${sep}node_modules${sep}`)) return pathToFileURL(path).href + position;
  }
  return undefined;
}

/** The places that a stack names, the innermost first; `position` is `:line:column`. */
export function* stackPlaces(stack: string): Generator<{ readonly path: string; readonly position: string }> {
  const frames = stack.matchAll(/^ +at (?:.*\()?((?:file:\/\/|\/|[A-Z]:\\).+?)(?:\?[^:)]*)?(:\d+:\d+)\)?$/gm);
  for (const [, file = "", position = ""] of frames) yield { path: file.startsWith("file:") ? fileURLToPath(file) : file, position };
}
