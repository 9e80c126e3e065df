import { createHash } from "node:crypto";
import type { CodePackage } from "../schemas/code-package.ts";
import type { Digest } from "../schemas/digest.ts";

/** Lines that one file's part of a bundle has at most; only texts of several lines have more than one. */
const longestPart = 200;

/**
 * What each source file contributes to a bundle, by the file's name: the parts are found by their digests.
 *
 * A file whose part cannot be found (it has several) is left out.
 */
export function fileTexts(bundle: string, files: CodePackage["files"]): Map<string, string> {
  const names = new Map<string, string>(Object.entries(files).map(([name, digest]: [string, Digest]) => [digest, name]));
  const lines = bundle.split("\n").map((line) => `${line}\n`);
  const texts = new Map<string, string>();
  for (let start = 0; start < lines.length; ) {
    const found = partAt(lines, start, names);
    if (found !== undefined) texts.set(found.name, lines.slice(start, found.end).join(""));
    start = found?.end ?? start + 1;
  }
  return texts;
}

/** The file whose part begins at a line, and the line after its end. */
function partAt(lines: readonly string[], start: number, names: ReadonlyMap<string, string>): { name: string; end: number } | undefined {
  const hash = createHash("sha256");
  for (let end = start + 1; end <= Math.min(lines.length, start + longestPart); end++) {
    const name = names.get(
      hash
        .update(lines[end - 1] ?? "")
        .copy()
        .digest("hex"),
    );
    if (name !== undefined) return { name, end };
  }
  return undefined;
}
