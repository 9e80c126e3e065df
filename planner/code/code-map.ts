import { promisify } from "node:util";
import { zstdCompressSync, zstdDecompress } from "node:zlib";
import { CodeMap, codeMapHead } from "../../schemas/code-map.ts";
import { Digest, digestOf } from "../../schemas/digest.ts";
import type { PlannerStore } from "../planner-store.ts";
import type { BundleMap } from "./bundle/bundle-map.ts";
import type { CommandFile } from "./command-files.ts";

/** What reading a code map needs of a store. */
export type CodeMapStore = { readonly blobs: Pick<PlannerStore["blobs"], "readAll">; readonly heads: Pick<PlannerStore["heads"], "get"> };

/**
 * The code map of a bundle, as it is kept: a compressed text.
 *
 * @param commandFiles the files of the stage's command: their paths where it runs, and in the source.
 */
export function codeMapBytes(
  bundle: { readonly text: string; readonly map: BundleMap },
  commandFiles: readonly CommandFile[],
  label: (path: string) => string,
): Buffer {
  const { parts, sources, mappings } = bundle.map;
  const named = <T extends { readonly file?: string }>(part: T): T =>
    part.file === undefined ? part : { ...part, file: label(part.file) };
  const map: CodeMap = {
    version: 1,
    bundle: digestOf(bundle.text),
    parts: parts.map(named),
    sources: sources.map(named),
    mappings,
    ...(commandFiles.length === 0 ? {} : { command: Object.fromEntries(commandFiles.map(({ path, from }) => [path, label(from)])) }),
  };
  return zstdCompressSync(JSON.stringify(map));
}

/** The code map of a code package; undefined when it is missing or damaged: it only helps people. */
export async function readCodeMap(store: CodeMapStore, code: Digest): Promise<CodeMap | undefined> {
  try {
    const head = await store.heads.get(codeMapHead(code));
    const bytes = await store.blobs.readAll(Digest.parse(head?.value));
    return CodeMap.parse(JSON.parse((await promisify(zstdDecompress)(bytes)).toString("utf8")));
  } catch {
    return undefined;
  }
}
