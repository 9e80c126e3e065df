import type { FileEntry, Manifest } from "../../schemas/artifact.ts";
import type { Digest } from "../../schemas/digest.ts";
import { CrisolError } from "../../schemas/error.ts";
import { builtInKinds, kindOf, shardFile } from "../../schemas/kinds.ts";
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
 * Of a kind with shards, one for each number, always under the same paths; with the files that all share (a tokenizer) and the meta of the whole if the
 * kind's declaration says so. Else neighbours in the order of their paths, of about `sizes` together; a file is never divided.
 *
 * @throws CrisolError STAGE_FAILED for a kind that has no shards.
 */
export function shardsOf(manifest: Manifest, sizes: ShardSizes = shardSizes): Shard[] {
  const { shards, maps, shares } = kindOf(manifest);
  if (!maps) throw noShards(manifest);
  if (shards === undefined) return neighbours(manifest.files, sizes).map((files) => shardOf(manifest, files[0].path, files));
  const numbered = Map.groupBy(manifest.files, ({ path }) => shardFile(manifest, path)?.number);
  const shared = shares ? (numbered.get(undefined) ?? []) : [];
  return [...numbered].flatMap(([number, files]) => {
    if (number === undefined) return [];
    const alike = files.map((file) => ({ ...file, path: `${shards}/00000${shardFile(manifest, file.path)?.ending}` }));
    const [only, ...others] = files;
    return [shardOf(manifest, only !== undefined && others.length === 0 ? only.path : `${shards}/${number}`, [...alike, ...shared])];
  });
}

function shardOf(manifest: Manifest, name: string, files: readonly FileEntry[]): Shard {
  // meta about a whole of whose parts none knows it changes with every one of them
  const meta = kindOf(manifest).shares ? manifest.meta : {};
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

function noShards({ kind }: Manifest): CrisolError {
  return new CrisolError({
    code: "STAGE_FAILED",
    what: `an artifact of kind ${kind} has no shards`,
    where: "the input that the stage's `map` names",
    why: "a mapped stage runs once for each shard of it",
    fix: `map over ${[...builtInKinds.values()].flatMap(({ name, maps }) => (maps ? [name] : [])).join(", ")}, or a kind of your own that \`maps\``,
  });
}
