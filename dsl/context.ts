import type { ArtifactRef, FileEntry, Manifest } from "../schemas/artifact.ts";
import type { Document } from "../schemas/document.ts";
import type { LogLevel, Progress } from "../schemas/event.ts";
import type { Json, JsonObject } from "../schemas/json.ts";
import type { StageReport } from "../schemas/record.ts";
import type { TrainerEntry } from "../schemas/trainer/entries.ts";
import type { TrainerConfig } from "../schemas/trainer/index.ts";

/**
 * What stage code sees of the world: its inputs, its outputs, and ways to report on its work.
 *
 * Everything it reads is verified against its digest as it is read; everything it writes becomes visible at once, when the stage returns.
 */
export interface StageContext<
  In extends string = string,
  Out extends string = string,
  Many extends string = never,
  Optional extends string = never,
> {
  /** The node's name in the plan. */
  readonly node: string;
  /** Of a list port (`Many`), its artifacts in order; of one that may be left out (`Optional`), undefined if it was. */
  readonly inputs: {
    readonly [P in In]: P extends Many ? readonly InputArtifact[] : P extends Optional ? InputArtifact | undefined : InputArtifact;
  };
  readonly outputs: { readonly [P in Out]: OutputArtifact };
  /** Aborts when the attempt is cancelled or the worker shuts down: save what can be saved and return or throw. */
  readonly signal: AbortSignal;
  /** This attempt's own folder, empty at first and removed afterwards. */
  readonly scratch: string;
  readonly checkpoints: Checkpoints;
  /** Report how far the work has come; call it as often as you like, it is throttled. */
  progress(progress: Progress): void;
  log(level: LogLevel, message: string): void;
  /** Sign bytes with the project's key. */
  sign(payloadType: string, payload: Uint8Array): Promise<DsseEnvelope>;
  /** The value of a secret that a parameter refers to. */
  secret(reference: { readonly secret: string }): string;
  /**
   * Run an entry of the trainer package with a configuration, until it says `done`; its checkpoints are published as they come. The stage
   * declares it: `runtime: ["trainer/train"]`.
   */
  trainer<E extends TrainerEntry>(entry: E, config: TrainerConfig<E>): Promise<JsonObject>;
}

/** An artifact to read. */
export interface InputArtifact {
  readonly ref: ArtifactRef;
  readonly manifest: Manifest;
  /** The bytes of a file of it, verified as they are read: the last chunk comes only if the digest holds. */
  bytes(path: string): AsyncIterable<Uint8Array>;
  /** A file's text, verified. */
  text(path: string): Promise<string>;
  /** The path on this machine of a verified file. Never write to it. */
  file(path: string): Promise<string>;
  /** Put all its files, verified, into a new folder and return its path. Never write to them. */
  folder(): Promise<string>;
  /** Its documents, in order of shard and line. Kind `documents` only. */
  documents(): AsyncIterable<Document>;
  /** The documents of one shard file of it, in order of line. Kind `documents` only. */
  shard(path: string): AsyncIterable<Document>;
}

/** An artifact to write. */
export interface OutputArtifact {
  /** Add a file with these contents. */
  write(path: string, contents: Uint8Array | string | AsyncIterable<Uint8Array>): Promise<FileEntry>;
  /** Add a file from this machine; its bytes are copied. */
  addFile(path: string, from: string): Promise<FileEntry>;
  /** Add all files below a folder of this machine, each by its path in there; their bytes are copied. */
  addFolder(from: string): Promise<FileEntry[]>;
  /** Add a file of an input as it is, without reading it. */
  reuse(input: InputArtifact, path: string, as?: string): FileEntry;
  /** Write documents into shards; call `close` once at the end. Sets counts `documents`, `textBytes` (UTF-8) and `shards`. Kind `documents` only. */
  documents(): DocumentWriter;
  count(name: string, value: number): void;
  meta(name: string, value: Json): void;
  /** Add a fact that only the run could establish; declared facts are added automatically. */
  fact(name: string): void;
}

/** Writes documents into shards of about 64 MB of text: multi-frame zstd of JSON Lines, cut by the data alone. */
export interface DocumentWriter {
  write(document: Document): Promise<void>;
  close(): Promise<void>;
}

/**
 * Saved states of a long stage, from which another attempt goes on; the last two are kept, under the stage's key.
 *
 * If the newest is damaged, the one before it is used.
 */
export interface Checkpoints {
  /** Publish a state as the newest: the files below a folder, by its path, or a value, as JSON. */
  save(state: string | JsonObject, step: number): Promise<void>;
  /** The newest state that verifies: its files in a new folder, and the value if it was one; undefined when there is none. */
  load(): Promise<{ folder: string; step: number; value?: Json } | undefined>;
}

/** A signed payload. @see DSSE v1.0, https://github.com/secure-systems-lab/dsse */
export interface DsseEnvelope {
  readonly payloadType: string;
  /** Base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** What a stage returns. */
export type StageOutcome = StageReport;

/** What a mapped stage produced from one shard. */
export interface Part<Out extends string = string> {
  /** What `run` wrote; an artifact without files where it wrote nothing. */
  readonly outputs: { readonly [P in Out]: InputArtifact };
  readonly report: StageReport;
}
