import { mkdtemp, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { InputArtifact } from "../../dsl/context.ts";
import type { ArtifactRef, FileEntry, Manifest } from "../../schemas/artifact.ts";
import type { Document } from "../../schemas/document.ts";
import { CrisolError, isCrisolError } from "../../schemas/error.ts";
import { isRaw } from "../../schemas/kinds.ts";
import { layFiles } from "../../system/files/lay-files.ts";
import { damagedArtifact } from "../damage.ts";
import type { Store } from "../store.ts";
import { isShard, readShard } from "./document-shards.ts";
import { fileOf } from "./manifest.ts";
import { checkRawFile, rawPath, readRawFile } from "./raw-files.ts";

/** The folders needed to read an artifact. */
export interface InputFolders {
  /** Where `folder()` creates its folders. */
  readonly scratch: string;
  /** The folder that a `files` artifact's paths are relative to. */
  readonly project: string;
}

/**
 * Open an artifact for reading.
 *
 * @throws CrisolError ARTIFACT_DAMAGED when its manifest is.
 */
export async function openInput(store: Store, ref: ArtifactRef, folders: InputFolders): Promise<OpenInput> {
  return new OpenInput(store, ref, await store.artifacts.manifest(ref.digest), folders);
}

/** An artifact of a store, open for reading; every error names the artifact, the file and the producer, if one is known. */
export class OpenInput implements InputArtifact {
  readonly ref: ArtifactRef;
  readonly manifest: Manifest;
  readonly #store: Store;
  readonly #folders: InputFolders;
  #lastRead: string | undefined;

  constructor(store: Store, ref: ArtifactRef, manifest: Manifest, folders: InputFolders) {
    this.ref = ref;
    this.manifest = manifest;
    this.#store = store;
    this.#folders = folders;
  }

  async *bytes(path: string): AsyncGenerator<Uint8Array> {
    const file = this.#entry(path);
    if (isRaw(this.manifest)) return yield* readRawFile(this.#raw(path), file);
    try {
      yield* this.#store.blobs.read(file.sha256);
    } catch (error) {
      throw this.#ofArtifact(error, file);
    }
  }

  async text(path: string): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.bytes(path)) chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  }

  async file(path: string): Promise<string> {
    const file = this.#entry(path);
    if (isRaw(this.manifest)) {
      await checkRawFile(this.#raw(path), file, this.#store.files);
      return this.#raw(path);
    }
    return this.#store.blobs.materialize(file.sha256).catch((error) => Promise.reject(this.#ofArtifact(error, file)));
  }

  // symbolic links: hard links would change the blobs' stat, and each would be hashed again
  async folder(): Promise<string> {
    const folder = await mkdtemp(join(this.#folders.scratch, `${this.manifest.kind}-`));
    await layFiles(this.manifest.files, folder, async ({ path }, target) => symlink(await this.file(path), target));
    return folder;
  }

  async *documents(): AsyncGenerator<Document> {
    for (const { path } of this.manifest.files) if (isShard(path)) yield* this.shard(path);
  }

  shard(path: string): AsyncGenerator<Document> {
    if (this.manifest.kind !== "documents" || !isShard(path)) throw noDocuments(this.ref, path);
    return readShard(this.bytes(path), `artifact ${this.ref.digest}, ${path}`, (document) => {
      this.#lastRead = document?.source;
    });
  }

  /** The source of the document that was read last, unless its shard was read to the end: most likely where a failed stage was. */
  get lastRead(): string | undefined {
    return this.#lastRead;
  }

  #raw(path: string): string {
    return rawPath(this.manifest, path, this.#folders.project);
  }

  #entry(path: string): FileEntry {
    const file = fileOf(this.manifest, path);
    if (file === undefined) throw noSuchFile(this.ref, path, this.manifest);
    return file;
  }

  /** A blob's error, as an error of this artifact. */
  #ofArtifact(error: unknown, { path, sha256 }: FileEntry): unknown {
    if (!isCrisolError(error) || error.parts.code !== "ARTIFACT_DAMAGED") return error;
    const { producer } = this.manifest;
    return damagedArtifact({ blob: sha256, artifact: this.ref.digest, producer, path, what: error.parts.what }, { cause: error });
  }
}

function noSuchFile({ kind, digest }: ArtifactRef, path: string, { files }: Manifest): CrisolError {
  const some = files.slice(0, 5).map((file) => file.path);
  return new CrisolError({
    code: "STAGE_FAILED",
    what: `the artifact has no file ${JSON.stringify(path)}`,
    where: `${kind} ${digest}`,
    why: "a stage reads only what its inputs list",
    fix: `read one of its ${files.length} files: ${some.join(", ")}${files.length > some.length ? ", ..." : ""}`,
  });
}

function noDocuments({ kind, digest }: ArtifactRef, path: string): CrisolError {
  return new CrisolError({
    code: "STAGE_FAILED",
    what: `${JSON.stringify(path)} of ${isRaw({ kind }) ? "" : "a "}${kind} is no shard of documents`,
    where: `${kind} ${digest}`,
    why: "only artifacts of kind documents have shards (documents/*.jsonl.zst)",
    fix: "read it with bytes(), text() or file()",
  });
}
