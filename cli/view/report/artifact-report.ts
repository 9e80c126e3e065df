/** `crisol artifacts`: list, show, path, verify; each as plain data and as lines for people. `export` is in ../export-artifact.ts. */
import type { ArtifactRef, Manifest } from "../../../schemas/artifact.ts";
import { type Digest, shortDigest } from "../../../schemas/digest.ts";
import { CrisolError, isCrisolError } from "../../../schemas/error.ts";
import type { StageRecord } from "../../../schemas/record.ts";
import { openInput } from "../../../store/artifacts/input-artifact.ts";
import type { Damage } from "../../../store/damage.ts";
import type { Store } from "../../../store/store.ts";
import { count, size } from "../../../system/text/figures.ts";
import { bold, dim, green, red } from "../../../system/text/styles.ts";
import { knownArtifacts, latestCompletedRuns, producerOf } from "../../artifacts/known-artifacts.ts";
import { shownContents } from "./shown-contents.ts";
import { reportLines } from "./stage-report-lines.ts";

/** An artifact in a list. */
export interface ArtifactRow {
  readonly digest: Digest;
  readonly kind: ArtifactRef["kind"];
  /** Names from the last completed run of a pipeline: "quickstart/model". */
  readonly names: readonly string[];
  /** The stage that produced it, and which output if it has several; undefined for raw files. */
  readonly node: string | undefined;
  readonly madeAt: string | undefined;
  readonly facts: readonly string[];
  readonly files: number;
  readonly bytes: number;
  /** Whether its manifest cannot be read. */
  readonly damaged: boolean;
}

/** Every artifact of the store, the oldest first. */
export async function listArtifacts(store: Store): Promise<ArtifactRow[]> {
  const names = await outputNames(store);
  const rows: ArtifactRow[] = [];
  for (const { ref, record } of (await knownArtifacts(store)).values()) {
    const manifest = await store.artifacts.manifest(ref.digest).catch(unlessDefect);
    rows.push({
      digest: ref.digest,
      kind: ref.kind,
      names: names.get(ref.digest) ?? [],
      node: record && producerOf(record, ref.digest),
      madeAt: record?.startedAt,
      facts: manifest?.facts ?? [],
      files: manifest?.files.length ?? 0,
      bytes: manifest === undefined ? 0 : bytesOf(manifest),
      damaged: manifest === undefined,
    });
  }
  return rows;
}

/** A manifest that cannot be read is listed as damaged; any other error is a bug in crisol. */
function unlessDefect(error: unknown): undefined {
  if (!isCrisolError(error)) throw error;
}

async function outputNames(store: Store): Promise<Map<Digest, string[]>> {
  const names = new Map<Digest, string[]>();
  for (const [pipeline, { runId }] of await latestCompletedRuns(store)) {
    const { outputs } = await store.runs.state(runId);
    for (const [output, { digest }] of Object.entries(outputs)) {
      names.set(digest, [...(names.get(digest) ?? []), `${pipeline}/${output}`]);
    }
  }
  return names;
}

/** A list of artifacts, a line each. */
export function renderArtifacts(rows: readonly ArtifactRow[]): string {
  if (rows.length === 0) return dim("no artifacts yet: crisol run PIPELINE creates some");
  const lines = rows.map(({ digest, kind, node, files, bytes, names, damaged }) => {
    const contents = damaged ? red("damaged") : `${count(files)} ${files === 1 ? "file" : "files"}, ${size(bytes)}`;
    return `${shortDigest(digest)}  ${kind.padEnd(10)}  ${(node ?? "").padEnd(18)}  ${contents.padEnd(22)}  ${bold(names.join(", "))}`.trimEnd();
  });
  return lines.join("\n");
}

/** An artifact with everything known about it. */
export interface ArtifactDetails {
  readonly ref: ArtifactRef;
  readonly manifest: Manifest;
  /** How it was produced; undefined for raw files, and if the record is gone. */
  readonly record: StageRecord | undefined;
}

/** Everything known about an artifact. */
export async function showArtifact(store: Store, ref: ArtifactRef): Promise<ArtifactDetails> {
  const manifest = await store.artifacts.manifest(ref.digest);
  return { ref, manifest, record: manifest.producer === null ? undefined : await store.records.get(manifest.producer) };
}

/** Everything known about an artifact, as text. */
export function renderArtifact({ ref, manifest, record }: ArtifactDetails): string {
  const field = (name: string, value: string) => (value === "" ? [] : [`  ${dim(name.padEnd(9))} ${value}`]);
  const made =
    record === undefined
      ? ""
      : `${producerOf(record, ref.digest)} of ${record.pipeline}, ${record.startedAt}, ${record.seconds.toFixed(1)} s`;
  const files = manifest.files
    .slice(0, 40)
    .map(({ path, bytes, sha256 }) => `    ${shortDigest(sha256)}  ${size(bytes).padStart(9)}  ${path}`);
  const more = manifest.files.length - files.length;
  return [
    `${bold(ref.kind)} ${ref.digest}`,
    ...field("content", ref.content),
    ...field("facts", manifest.facts.join(", ")),
    ...field("holds", shownContents(manifest)),
    ...field("meta", Object.keys(manifest.meta).length === 0 ? "" : JSON.stringify(manifest.meta)),
    ...field("made by", made),
    ...reportLines(record?.report ?? {}).flatMap((line, index) => field(index === 0 ? "report" : "", line)),
    ...field("key", manifest.producer ?? ""),
    ...field("from", manifest.inputs.map(shortDigest).join(", ")),
    ...field("root", manifest.root),
    ...field("files", `${count(manifest.files.length)}, ${size(bytesOf(manifest))}`),
    ...files,
    ...(more > 0 ? [dim(`    and ${count(more)} more`)] : []),
  ].join("\n");
}

/** Where a file of an artifact is on this machine. */
export interface ArtifactPath {
  readonly path: string;
  readonly local: string;
}

/**
 * Paths on this machine of an artifact's files, verified; or of one of them, if it is named.
 *
 * @throws CrisolError NOT_FOUND if it has no such file; ARTIFACT_DAMAGED, SOURCE_CHANGED.
 */
export async function artifactPaths(store: Store, ref: ArtifactRef, project: string, file?: string): Promise<ArtifactPath[]> {
  const input = await openInput(store, ref, { scratch: project, project });
  const files = input.manifest.files.filter(({ path }) => file === undefined || path === file);
  if (files.length === 0) throw noFile(ref, file ?? "", input.manifest);
  const paths: ArtifactPath[] = [];
  for (const { path } of files) paths.push({ path, local: await input.file(path) });
  return paths;
}

/** What is wrong in one artifact, or in all of them, after reading every byte. */
export interface ArtifactsCheck {
  readonly checked: number;
  readonly damages: readonly Damage[];
}

/** Read every byte of an artifact, or of all, and compare it with its digest. */
export async function verifyArtifacts(store: Store, ref?: ArtifactRef): Promise<ArtifactsCheck> {
  const refs = ref === undefined ? [...(await knownArtifacts(store)).values()].map((known) => known.ref) : [ref];
  const damages: Damage[] = [];
  for (const each of refs) damages.push(...(await store.artifacts.damages(each, { deep: true })));
  return { checked: refs.length, damages };
}

/** The result of a check, as text. */
export function renderCheck({ checked, damages }: ArtifactsCheck): string {
  const all = `${count(checked)} ${checked === 1 ? "artifact" : "artifacts"}`;
  if (damages.length === 0) return `${green("✓")} ${all}: every byte is as it was written`;
  const lines = damages.map(({ artifact, path, what }) => `${red("✖")} ${shortDigest(artifact)}  ${path ?? "manifest"}  ${what}`);
  return [...lines, `${count(damages.length)} damaged in ${all}; the next run that needs one recreates it`].join("\n");
}

function bytesOf({ files }: Manifest): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function noFile({ kind, digest }: ArtifactRef, file: string, { files }: Manifest): CrisolError {
  return new CrisolError({
    code: "NOT_FOUND",
    what: `the artifact has no file ${JSON.stringify(file)}`,
    where: `${kind} ${digest}`,
    why: "a path can be given only for a file of the artifact",
    fix: `name one of: ${files
      .slice(0, 8)
      .map(({ path }) => path)
      .join(", ")}`,
  });
}
