/** What is known of an object without reading it. */
export interface ObjectStat {
  readonly bytes: number;
  /** Last change, in milliseconds since the epoch. */
  readonly modified: number;
}

/**
 * Where a store's objects live, under names with forward slashes ("blobs/0a/0a3f...").
 *
 * Immutable objects are published whole, or adopted from a local file, once; small mutable ones are texts that are compared and set. A directory
 * does it with link, rename and a lock; S3 would with `If-None-Match` and `If-Match`.
 */
export interface Backend {
  /**
   * Give a complete, fsynced local file this name, unless the name is taken; durable once it returns.
   *
   * @returns false when the name was taken; the file then stays where it is.
   */
  adopt(file: string, name: string): Promise<boolean>;
  /**
   * Give small contents this name, unless the name is taken; durable once it returns. Others may see them a little earlier: after a power cut in
   * between they may be torn, so only contents that tell are published.
   *
   * @returns false when the name was taken.
   */
  publish(name: string, contents: string | Uint8Array): Promise<boolean>;
  /** Make an object that somebody else has published durable, if it is still there. */
  sync(name: string): Promise<void>;
  /** A small object's text; undefined when there is none. */
  readText(name: string): Promise<string | undefined>;
  stat(name: string): Promise<ObjectStat | undefined>;
  /** Path on this machine of an object's bytes, whether it is there or not. */
  local(name: string): string;
  /** Names of all objects below a folder, in no order. */
  list(folder: string): AsyncIterable<string>;
  /** Set a small object's text if it still reads `expect` (undefined: is not there); durable once it returns. */
  compareAndSet(name: string, expect: string | undefined, next: string): Promise<boolean>;
  /** Tell that an object was wanted just now, so that gc leaves it alone for a while; false when it is gone. */
  touch(name: string): Promise<boolean>;
  /** Give an object another name; false when it is gone. */
  move(name: string, to: string): Promise<boolean>;
  remove(name: string): Promise<void>;
}
