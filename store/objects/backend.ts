/** What is known about an object without reading it. */
export interface ObjectStat {
  readonly bytes: number;
  /** Last change, in milliseconds since the epoch. */
  readonly modified: number;
}

/**
 * Where a store's objects are kept, under names with forward slashes ("blobs/0a/0a3f...").
 *
 * Immutable objects are published whole or adopted from a local file, once; small mutable ones are texts with compare-and-set. A directory
 * does it with link, rename and a lock; S3 would with `If-None-Match` and `If-Match`.
 */
export interface Backend {
  /**
   * Give a complete, fsynced local file this name, unless the name is taken; durable once it returns.
   *
   * @returns false when the name is taken; the file then stays where it is.
   */
  adopt(file: string, name: string): Promise<boolean>;
  /**
   * Give small contents this name, unless the name is taken; durable once it returns. Others may see them a little earlier: after a power cut in
   * between they may be torn, so publish only contents whose readers can tell.
   *
   * @returns false when the name was taken.
   */
  publish(name: string, contents: string | Uint8Array): Promise<boolean>;
  /** Make an object that another process has published durable, if it still exists. */
  sync(name: string): Promise<void>;
  /** A small object's text; undefined when there is none. */
  readText(name: string): Promise<string | undefined>;
  stat(name: string): Promise<ObjectStat | undefined>;
  /** The path on this machine of an object's bytes, whether or not it exists. */
  local(name: string): string;
  /** The names of all objects below a folder, in no particular order. */
  list(folder: string): AsyncIterable<string>;
  /** Set a small object's text if it still reads `expect` (undefined: does not exist); durable once it returns. */
  compareAndSet(name: string, expect: string | undefined, next: string): Promise<boolean>;
  /** Mark an object as just used, so that gc leaves it alone for a while; false when it is gone. */
  touch(name: string): Promise<boolean>;
  /** Give an object another name; false when it is gone. */
  move(name: string, to: string): Promise<boolean>;
  remove(name: string): Promise<void>;
}
