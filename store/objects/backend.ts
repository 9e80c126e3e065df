/** What is known about an object without reading it. */
export interface ObjectStat {
  readonly bytes: number;
  /** Last change, in milliseconds since the epoch. */
  readonly modified: number;
  /** Changes whenever the object's bytes may have changed, by a writer or by a bad disk. */
  readonly version: string;
}

/** An object's bytes, or a range of them; close it in any case. */
export interface OpenObject {
  /** Of the whole object as it was opened. */
  readonly stat: ObjectStat;
  /** The bytes in order, once. */
  chunks(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Which of an object's bytes are read: `to` is exclusive, and may lie behind the end. */
export interface ByteRange {
  readonly from: number;
  /** @default the end */
  readonly to?: number;
}

/** An object being written: nobody sees it before it is published. */
export interface ObjectDraft {
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Give the whole object this name, unless the name is taken; durable once it returns.
   *
   * @returns false when the name is taken; the draft can then be published under another one.
   */
  publish(name: string): Promise<boolean>;
  /** Release what the draft holds; what was published stays. */
  discard(): Promise<void>;
}

/** How a lease is requested. */
export interface LeaseOptions {
  /** What it is held for: shown to others that wait. */
  readonly what: string;
  /** Ends the waiting, by throwing its reason. */
  readonly signal: AbortSignal;
  /** Called once when another process holds the lease, with what for. */
  readonly waits?: ((what: string) => void) | undefined;
}

/** Notices that objects below a folder change. */
export interface ObjectChanges {
  /** Wait until something has changed since the last wait ended, at most `limitMs` milliseconds, or until the signal aborts. */
  next(limitMs: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** What dead writers left: no objects, and nothing reads it. */
export interface Leftovers {
  readonly temporary: number;
  readonly locks: number;
}

/**
 * Where a store's objects are kept, under names with forward slashes ("blobs/0a/0a3f...").
 *
 * Three kinds: immutable objects, written once; small texts with compare-and-set; logs, which only grow. A directory does it with link, rename and
 * locks; S3 would with `If-None-Match`, `If-Match`, and a log as numbered objects. No path leaves it but that of `materialize`.
 */
export interface Backend {
  /** Start an immutable object whose bytes arrive in chunks. */
  create(): Promise<ObjectDraft>;
  /**
   * Give small contents this name, unless the name is taken; durable once it returns. Others may see them a little earlier: after a power cut in
   * between they may be torn, so publish only contents whose readers can tell.
   *
   * @returns false when the name was taken.
   */
  publish(name: string, contents: string | Uint8Array): Promise<boolean>;
  /** Make an object that another process has published durable, if it still exists. */
  sync(name: string): Promise<void>;
  /** Open an object, or a range of it, for reading in chunks; undefined when there is none. Reads never block the event loop. */
  open(name: string, range?: ByteRange): Promise<OpenObject | undefined>;
  /** All bytes of a small object (up to some 64 KB, in one step); undefined when there is none. */
  read(name: string): Promise<{ readonly stat: ObjectStat; readonly contents: Buffer } | undefined>;
  /** A small object's text; undefined when there is none. */
  readText(name: string): Promise<string | undefined>;
  stat(name: string): Promise<ObjectStat | undefined>;
  /** The path of a read-only file on this machine with an object's bytes, from which no other path may be derived; undefined when there is none. */
  materialize(name: string): Promise<string | undefined>;
  /** The names of all objects below a folder, in pages, in ascending order of their UTF-8 bytes. */
  list(folder: string): AsyncIterable<readonly string[]>;
  /** The names of the folders right below a folder ("runs/a", "runs/b"), in pages, in the same order. */
  folders(folder: string): AsyncIterable<readonly string[]>;
  /** Set a small object's text if it still reads `expect` (undefined: does not exist); durable once it returns. */
  compareAndSet(name: string, expect: string | undefined, next: string): Promise<boolean>;
  /** Set a small object's text, whatever it was: a reader sees the old or the new. A power cut may bring the old one back. */
  overwrite(name: string, text: string): Promise<void>;
  /**
   * Append whole lines to a log, which is created if there is none: in one piece, in order among all writers, and never behind half a line that
   * another writer was killed over.
   *
   * @param options.durable they survive a power cut once this returns
   */
  appendLines(name: string, lines: string, options: { readonly durable: boolean }): Promise<void>;
  /** Notice changes of the objects right below a folder, as far as the system reports them. */
  watch(folder: string): ObjectChanges;
  /**
   * Hold a name that only one process may hold at a time, as soon as the others have given it back, died or stood still; it is renewed meanwhile.
   *
   * @returns a function that gives it back
   */
  lease(name: string, options: LeaseOptions): Promise<() => Promise<void>>;
  /** Mark an object as just used, so that gc leaves it alone for a while; false when it is gone. */
  touch(name: string): Promise<boolean>;
  /** Give an object another name, and replace what has it; false when the object is gone. */
  move(name: string, to: string): Promise<boolean>;
  remove(name: string): Promise<void>;
  /** Remove every object below a folder. */
  removeAll(folder: string): Promise<void>;
  /** Count what dead writers left. */
  leftovers(): Promise<Leftovers>;
  /**
   * Delete what dead writers left, unless it was used since a moment (milliseconds since the epoch).
   *
   * @returns how many files; with `dryRun`, how many it would delete.
   */
  sweep(unusedSince: number, options: { readonly dryRun: boolean }): Promise<number>;
}
