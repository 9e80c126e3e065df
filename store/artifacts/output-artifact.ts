import { join } from "node:path";
import type { InputArtifact, OutputArtifact } from "../../dsl/context.ts";
import type { ArtifactRef, FileEntry } from "../../schemas/artifact.ts";
import type { Digest } from "../../schemas/digest.ts";
import { CrisolError } from "../../schemas/error.ts";
import type { Json, JsonObject } from "../../schemas/json.ts";
import { isRaw, type KindDeclaration, kindOf, type OfKind } from "../../schemas/kinds.ts";
import type { ShardPart } from "../../schemas/record.ts";
import { filesBelow } from "../../system/files/lay-files.ts";
import type { Store } from "../store.ts";
import { ShardWriter } from "./document-shards.ts";
import { joinParts } from "./join-parts.ts";
import { fileOf } from "./manifest.ts";
import { type ShardSizes, shardSizes } from "./shard-cut.ts";

/** Start an artifact of a kind, with the facts that its stage declares. */
export function draftOutput(store: Store, of: OfKind, facts: readonly string[], sizes: ShardSizes = shardSizes): DraftOutput {
  return new DraftOutput(store, of, facts, sizes);
}

/** An artifact being written; it becomes visible, whole, when it is committed. */
export class DraftOutput implements OutputArtifact {
  readonly kind: string;
  readonly #declaration: KindDeclaration | undefined;
  readonly #store: Store;
  readonly #sizes: ShardSizes;
  readonly #facts: Set<string>;
  readonly #counts: Record<string, number> = {};
  readonly #meta: JsonObject = {};
  readonly #files: FileEntry[] = [];
  #writer: ShardWriter | undefined;

  constructor(store: Store, { kind, declaration }: OfKind, facts: readonly string[], sizes: ShardSizes) {
    this.kind = kind;
    this.#declaration = declaration;
    this.#store = store;
    this.#sizes = sizes;
    this.#facts = new Set(facts);
  }

  /** Whether the parts that a mapped stage writes of it are joined. */
  get joins(): boolean {
    return kindOf({ kind: this.kind, ...(this.#declaration === undefined ? {} : { declaration: this.#declaration }) }).joins;
  }

  /** Whether nothing has been written to it. */
  get empty(): boolean {
    return this.#files.length === 0;
  }

  async write(path: string, contents: Uint8Array | string | AsyncIterable<Uint8Array>): Promise<FileEntry> {
    return this.#add({ path, ...(await this.#store.blobs.put(contents)) });
  }

  async addFile(path: string, from: string): Promise<FileEntry> {
    return this.#add({ path, ...(await this.#store.blobs.putFile(from)) });
  }

  async addFolder(from: string): Promise<FileEntry[]> {
    const added: FileEntry[] = [];
    for (const path of await filesBelow(from)) added.push(await this.addFile(path, join(from, path)));
    return added;
  }

  reuse(input: InputArtifact, path: string, as?: string): FileEntry {
    const file = fileOf(input.manifest, path);
    if (file === undefined || isRaw(input.manifest)) throw notReusable(input, path);
    return this.#add({ ...file, path: as ?? path });
  }

  documents(): ShardWriter {
    if (this.kind !== "documents")
      throw misuse(`an artifact of kind ${this.kind} cannot hold documents`, "write its files with write() or addFile()");
    if (this.#writer !== undefined)
      throw misuse("documents() was called twice on one output", "reuse the writer that the first call returned");
    this.#writer = new ShardWriter(this.#store.blobs, this.#sizes, ({ files, documents, textBytes }) => {
      for (const file of files) this.#add(file);
      Object.assign(this.#counts, { documents, textBytes, shards: files.length });
    });
    return this.#writer;
  }

  count(name: string, value: number): void {
    this.#counts[name] = value;
  }

  meta(name: string, value: Json): void {
    this.#meta[name] = value;
  }

  fact(name: string): void {
    this.#facts.add(name);
  }

  /**
   * Make the artifact visible.
   *
   * @param provenance the key of the computation, and the manifests that it read, in port order
   * @throws CrisolError STAGE_FAILED when documents were written and the writer was not closed; STORE_FULL, STORE_UNWRITABLE.
   */
  async commit(provenance: { readonly producer: Digest; readonly inputs: readonly Digest[] }): Promise<ArtifactRef> {
    const { producer, inputs } = provenance;
    return this.#store.artifacts.commit({ ...this.part(), producer, inputs: [...inputs] });
  }

  /**
   * What has been written, as a part that is later joined with others into an artifact.
   *
   * @throws CrisolError STAGE_FAILED when documents were written and the writer was not closed.
   */
  part(): ShardPart {
    if (this.#writer !== undefined && this.#counts.documents === undefined) {
      throw misuse("the writer of documents was not closed", "await its close() before the stage returns");
    }
    const declaration = this.#declaration;
    const facts = [...this.#facts].sort();
    return {
      kind: this.kind,
      ...(declaration === undefined ? {} : { declaration }),
      facts,
      counts: this.#counts,
      meta: this.#meta,
      files: this.#files,
    };
  }

  /**
   * Start with parts, one after the other: shards renumbered, counts summed, meta kept.
   *
   * @throws CrisolError STAGE_FAILED when they contradict each other.
   */
  join(parts: readonly ShardPart[]): void {
    const { facts, counts, meta, files } = joinParts(parts);
    for (const fact of facts) this.#facts.add(fact);
    Object.assign(this.#counts, counts);
    Object.assign(this.#meta, meta);
    this.#files.push(...files);
  }

  /** Discard what is half-written, when its stage has failed. */
  async abandon(): Promise<void> {
    await this.#writer?.abandon();
  }

  #add(file: FileEntry): FileEntry {
    this.#files.push(file);
    return file;
  }
}

function notReusable({ ref, manifest }: InputArtifact, path: string): CrisolError {
  const raw = isRaw(manifest);
  return misuse(
    raw ? "raw files cannot be reused: they are not in the store" : `${ref.kind} ${ref.digest} has no file ${JSON.stringify(path)}`,
    raw ? "copy them with write(path, input.bytes(path))" : "reuse a file that its manifest lists",
  );
}

function misuse(what: string, fix: string): CrisolError {
  return new CrisolError({ code: "STAGE_FAILED", what, where: "an output of the stage", why: "what it wrote would be lost or wrong", fix });
}
