import { type Files, mintHandle } from "./handle.ts";

/** Files of yours, by globs relative to the project's folder: `files("data/*.jsonl.gz", "more/*.txt")`. */
export function files(first: string, ...more: readonly string[]): Files {
  const pattern = [first, ...more];
  return mintHandle<Files>({
    build: undefined,
    kind: "files",
    facts: [],
    from: { pattern },
    label: `files(${pattern.map((glob) => JSON.stringify(glob)).join(", ")})`,
  });
}
