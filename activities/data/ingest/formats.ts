/** The format and compression that a file's name stands for. */
import type { FileEntry } from "../../../schemas/artifact.ts";
import { CrisolError } from "../../../schemas/error.ts";

export type Format = "jsonl" | "json" | "text";
export type Compression = "gzip" | "zstd" | "none";

/** A raw file, and how to read it. */
export interface RawFile extends FileEntry {
  readonly format: Format;
  readonly compression: Compression;
}

const formats: { readonly [ending: string]: Format } = { jsonl: "jsonl", ndjson: "jsonl", json: "json", txt: "text", md: "text" };
const compressions: { readonly [ending: string]: Compression } = { gz: "gzip", zst: "zstd" };

/**
 * The files in order of their paths, each with its format.
 *
 * @throws CrisolError BAD_DATA naming every file with an unknown ending, unless `override` gives the format.
 */
export function recognise(files: readonly FileEntry[], override: Format | undefined): RawFile[] {
  const unknown: string[] = [];
  const raw: RawFile[] = [];
  for (const file of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const endings = file.path.toLowerCase().split(".").slice(1);
    const compression = compressions[endings.at(-1) ?? ""] ?? "none";
    const format = override ?? formats[endings.at(compression === "none" ? -1 : -2) ?? ""];
    if (format === undefined) unknown.push(file.path);
    else raw.push({ ...file, format, compression });
  }
  if (unknown.length > 0) {
    throw new CrisolError({
      code: "BAD_DATA",
      what: `${unknown.length} of ${files.length} files have an ending that ingest does not know`,
      where: unknown.slice(0, 10).join(", ") + (unknown.length > 10 ? ", ..." : ""),
      why: "ingest reads .jsonl, .ndjson, .json, .txt and .md, each also as .gz or .zst, and will not guess",
      fix: 'narrow the glob of files("..."), or say what they are: format: "jsonl" | "json" | "text"',
    });
  }
  return raw;
}
