import type { ArtifactRef, Manifest } from "../../schemas/artifact.ts";
import type { Digest } from "../../schemas/digest.ts";
import { type CrisolError, isCrisolError } from "../../schemas/error.ts";
import type { StageRecord } from "../../schemas/record.ts";
import type { Store } from "../store.ts";

/** One artifact on the way from raw files to the one in question. */
export interface LineageNode {
  readonly digest: Digest;
  /** Undefined when it cannot be read, for which `problem` gives the reason. */
  readonly manifest: Manifest | undefined;
  /** The record of the computation that produced it, if there is one. */
  readonly record: StageRecord | undefined;
  readonly problem: CrisolError | undefined;
}

/** Everything that an artifact was derived from: each artifact once, after those that it was derived from. */
export interface Lineage {
  readonly artifact: Digest;
  readonly nodes: readonly LineageNode[];
}

/** Follow an artifact through manifests and records back to raw files; a damaged artifact on the way is a node with a problem. */
export async function lineage(store: Store, { digest }: Pick<ArtifactRef, "digest">): Promise<Lineage> {
  const nodes = new Map<Digest, LineageNode>();
  const visit = async (artifact: Digest): Promise<void> => {
    if (nodes.has(artifact)) return;
    const node = await nodeOf(store, artifact);
    for (const input of node.manifest?.inputs ?? []) await visit(input);
    nodes.set(artifact, node);
  };
  await visit(digest);
  return { artifact: digest, nodes: [...nodes.values()] };
}

async function nodeOf(store: Store, digest: Digest): Promise<LineageNode> {
  try {
    const manifest = await store.artifacts.manifest(digest);
    const record = manifest.producer === null ? undefined : await store.records.get(manifest.producer);
    return { digest, manifest, record, problem: undefined };
  } catch (error) {
    if (!isCrisolError(error)) throw error;
    return { digest, manifest: undefined, record: undefined, problem: error };
  }
}
