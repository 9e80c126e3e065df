import type { FileEntry, Manifest } from "../../schemas/artifact.ts";
import type { Digest } from "../../schemas/digest.ts";
import { CrisolError } from "../../schemas/error.ts";
import { isShard } from "./document-shards.ts";
import { contentDigest, manifestOf } from "./manifest.ts";
import { ShardCut, type ShardSizes, shardSizes } from "./shard-cut.ts";

/** A shard of an artifact, as a mapped stage sees it: an artifact of the same kind with some of its files. */
export interface Shard {
  /** Its name for people: the path of its first file in the whole artifact. */
  readonly name: string;
  /** Its content digest, independent of the other shards and of its position: its part of a key, as an input's content is for a whole artifact. */
  readonly content: Digest;
  readonly manifest: Manifest;
}

/**
 * The shards of an artifact, in order.
 *
 * Documents: one per shard file, always under the same path, without the meta of the whole. Tokens: one per numbered set of files, with those that
 * all share (the tokenizer). Files: neighbours in the order of their paths, of about `sizes` together; a file is never divided.
 *
 * @throws CrisolError STAGE_FAILED for a kind that has no shards.
 */
export function shardsOf(manifest: Manifest, sizes: ShardSizes = shardSizes): Shard[] {
  switch (manifest.kind) {
    case "documents":
      return manifest.files
        .filter(({ path }) => isShard(path))
        .map((file) => shardOf(manifest, file.path, [{ ...file, path: "documents/00000.jsonl.zst" }]));
    case "tokens": {
      const shared = manifest.files.filter(({ path }) => !isTokens(path));
      const numbered = Map.groupBy(
        manifest.files.filter(({ path }) => isTokens(path)),
        ({ path }) => stem(path),
      );
      return [...numbered].map(([name, files]) =>
        shardOf(manifest, name, [...files.map((file) => ({ ...file, path: file.path.replace(/\d+(?=\.)/, "00000") })), ...shared]),
      );
    }
    case "files":
      return neighbours(manifest.files, sizes).map((files) => shardOf(manifest, files[0].path, files));
    case "checkpoint":
    case "model":
    case "report":
    case "tokenizer":
      throw noShards(manifest);
  }
}

function shardOf(manifest: Manifest, name: string, files: readonly FileEntry[]): Shard {
  // meta about the documents as a whole (the root of their seal) changes with every one of them
  const meta = manifest.kind === "documents" ? {} : manifest.meta;
  const shard = manifestOf({ ...manifest, counts: {}, meta, files: [...files] });
  return { name, content: contentDigest(shard), manifest: shard };
}

function neighbours(files: readonly FileEntry[], sizes: ShardSizes): [FileEntry, ...FileEntry[]][] {
  const cut = new ShardCut(sizes);
  const groups: [FileEntry, ...FileEntry[]][] = [];
  let group: [FileEntry, ...FileEntry[]] | undefined;
  for (const file of files) {
    if (group === undefined) {
      group = [file];
      groups.push(group);
    } else group.push(file);
    if (cut.endsWith(file.path, file.bytes)) group = undefined;
  }
  return groups;
}

/** Whether a file of an artifact belongs to a shard of tokens. */
export function isTokens(path: string): boolean {
  return /^tokens\/\d+\.\w+$/.test(path);
}

function stem(path: string): string {
  return path.slice(0, path.indexOf("."));
}

function noShards({ kind }: Manifest): CrisolError {
  return new CrisolError({
    code: "STAGE_FAILED",
    what: `an artifact of kind ${kind} has no shards`,
    where: "the input that the stage's `map` names",
    why: "a mapped stage runs once for each shard of it",
    fix: "map over documents, tokens or files",
  });
}
