import { callSite } from "./call-site.ts";
import { type Files, mintHandle } from "./handle.ts";
import { PipelineMistake } from "./mistake.ts";

/**
 * Your own files, by globs relative to the project's folder: `files("data/*.jsonl.gz", "more/*.txt")`.
 *
 * @throws PipelineMistake for an empty glob.
 */
export function files(first: string, ...more: readonly string[]): Files {
  const pattern = [first, ...more];
  if (pattern.includes("")) {
    throw new PipelineMistake({
      code: "empty-glob",
      message: "files() was given an empty glob",
      path: [callSite() ?? "files()"],
      fix: 'name files by globs relative to the project: files("data/*.jsonl")',
    });
  }
  return mintHandle<Files>({
    build: undefined,
    kind: "files",
    facts: [],
    from: { pattern },
    label: `files(${pattern.map((glob) => JSON.stringify(glob)).join(", ")})`,
  });
}
