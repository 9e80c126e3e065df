import type { ArtifactRef, Manifest } from "../../schemas/artifact.ts";
import { isCrisolError } from "../../schemas/error.ts";
import { kindOf, shardFile } from "../../schemas/kinds.ts";
import type { PlannerStore } from "../planner-store.ts";

type Artifacts = Pick<PlannerStore["artifacts"], "manifest">;

/** How much of an artifact differs from an earlier one: "3 of 40 shards", naming the file where it is one alone. */
export async function compareArtifacts(earlier: ArtifactRef, now: ArtifactRef, artifacts: Artifacts): Promise<string> {
  const [old, current] = await Promise.all([readManifest(earlier, artifacts), readManifest(now, artifacts)]);
  if (old === undefined || current === undefined) return "changed";
  const unit = kindOf(current).shards === undefined ? "files" : "shards";
  const was = digests(old, unit);
  const is = digests(current, unit);
  // a shard that has another number, because others came or went, is the same shard; a file with another name is not the same file
  const [before, after] = unit === "shards" ? [new Set(was.values()), new Set(is.values())] : [];
  const differing = [...is].filter(([name, digest]) => was.get(name) !== digest && !before?.has(digest)).map(([name]) => name);
  const vanished = [...was].filter(([name, digest]) => (after === undefined ? !is.has(name) : !after.has(digest))).map(([name]) => name);
  // a new shard replaces one that is gone, so only the rest of those counts as gone
  const gone = unit === "shards" ? vanished.slice(differing.length) : vanished;
  if (differing.length + gone.length === 0) return `changed: its facts, counts or meta, not its ${unit}`;
  const parts = [
    ...(differing.length > 0 ? [`${differing.length} of ${is.size} ${unit}${differing.length === 1 ? ` (${differing[0]})` : ""}`] : []),
    ...(gone.length > 0 ? [`${gone.length} gone${gone.length === 1 ? ` (${gone[0]})` : ""}`] : []),
  ];
  return `changed: ${parts.join(", ")}`;
}

/** Files by name, or shards: files of one number are one shard, and those beside them (a tokenizer, the list of what was sealed) are left out. */
function digests(manifest: Manifest, unit: "files" | "shards"): Map<string, string> {
  const nameOf = (path: string): string | undefined => {
    const shard = shardFile(manifest, path);
    return unit === "files" ? path : shard && `${shard.folder}/${shard.number}`;
  };
  const grouped = Map.groupBy(manifest.files, ({ path }) => nameOf(path));
  return new Map(
    [...grouped].flatMap(([name, files]) => (name === undefined ? [] : [[name, files.map(({ sha256 }) => sha256).join()] as const])),
  );
}

async function readManifest(ref: ArtifactRef, artifacts: Artifacts): Promise<Manifest | undefined> {
  try {
    return await artifacts.manifest(ref.digest);
  } catch (error) {
    // gc may have freed the inputs of an old record
    if (isCrisolError(error)) return undefined;
    throw error;
  }
}
