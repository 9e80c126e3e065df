import type { ArtifactRef, FileEntry, Manifest } from "../../schemas/artifact.ts";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import { type Digest, digestOf, digestOfJson } from "../../schemas/digest.ts";
import { CrisolError } from "../../schemas/error.ts";
import { filesRoot } from "./merkle.ts";

/** An artifact before it has a name: the manifest without the fields that follow from the rest. */
export type ArtifactDraft = Pick<Manifest, "kind" | "declaration" | "facts" | "counts" | "meta" | "files" | "producer" | "inputs">;

/**
 * The manifest of a draft: facts and files sorted, each once, and the root over the files.
 *
 * @throws CrisolError STAGE_FAILED when two files have the same path
 */
export function manifestOf(draft: ArtifactDraft): Manifest {
  const files = draft.files.toSorted((a, b) => compare(a.path, b.path));
  const twice = files.find((file, index) => files[index + 1]?.path === file.path);
  if (twice !== undefined) throw samePath(twice.path, draft);
  const { counts, meta, producer, inputs } = draft;
  const facts = [...new Set(draft.facts)].sort();
  return { version: 1, ...kindIn(draft), facts, counts, meta, files, root: filesRoot(files), producer, inputs };
}

const indexes = new WeakMap<readonly FileEntry[], ReadonlyMap<string, FileEntry>>();

/** An artifact's file by its path; undefined when there is none. A manifest's files never change, so they are indexed once. */
export function fileOf({ files }: Pick<Manifest, "files">, path: string): FileEntry | undefined {
  const index = indexes.get(files) ?? new Map(files.map((file) => [file.path, file]));
  indexes.set(files, index);
  return index.get(path);
}

/** The digest of what an artifact is, whatever produced it: kind, with its declaration if it is the user's, facts, counts, meta and files. */
export function contentDigest(manifest: Manifest): Digest {
  const { facts, counts, meta, files } = manifest;
  return digestOfJson({ ...kindIn(manifest), facts, counts, meta, files });
}

function kindIn({ kind, declaration }: Pick<ArtifactDraft, "kind" | "declaration">): Pick<ArtifactDraft, "kind" | "declaration"> {
  return { kind, ...(declaration === undefined ? {} : { declaration }) };
}

/** A manifest's text, whose digest is the artifact's name. */
export function manifestText(manifest: Manifest): string {
  return canonicalJson(manifest);
}

/** The reference to a manifest's artifact. */
export function refOf(manifest: Manifest): ArtifactRef {
  return { kind: manifest.kind, digest: digestOf(manifestText(manifest)), content: contentDigest(manifest) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function samePath(path: string, draft: ArtifactDraft): CrisolError {
  return new CrisolError({
    code: "STAGE_FAILED",
    what: `an artifact has two files named ${JSON.stringify(path)}`,
    where: `the ${draft.kind} made by ${draft.producer ?? "the planner"}`,
    why: "a reader could not know which of them is meant",
    fix: "let the stage write each path once",
  });
}
