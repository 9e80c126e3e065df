import { hash } from "node:crypto";

/** Sizes of shards and frames, in bytes of text (UTF-8). */
export interface ShardSizes {
  /** The smallest shard, except for the last. */
  readonly least: number;
  /** The mean of what is added to that. */
  readonly spread: number;
  /** The largest shard, except for one with a single larger document. */
  readonly most: number;
  /** The size at which a frame ends. */
  readonly frame: number;
}

const mebibyte = 1 << 20;

/** Sizes of shards of about this many bytes: at least a quarter of it, at most twice as much; frames of 1 MiB. */
export function sizesAround(bytes: number): ShardSizes {
  return { least: bytes / 4, spread: (3 * bytes) / 4, most: 2 * bytes, frame: mebibyte };
}

/** Shards of about 64 MiB. */
export const shardSizes: ShardSizes = sizesAround(64 * mebibyte);

/**
 * Decides where a shard ends, from the documents alone.
 *
 * A document ends its shard when a number drawn from its id is below its share of a shard. So documents that are added or removed move only the
 * boundaries near them.
 */
export class ShardCut {
  readonly #sizes: ShardSizes;
  #bytes = 0;

  constructor(sizes: ShardSizes) {
    this.#sizes = sizes;
  }

  /** Add a document; true when its shard ends with it. */
  endsWith(id: string, textBytes: number): boolean {
    const { least, spread, most } = this.#sizes;
    this.#bytes += textBytes;
    const ends = this.#bytes >= most || (this.#bytes >= least && draw(id) < textBytes / spread);
    if (ends) this.#bytes = 0;
    return ends;
  }
}

/** A number in [0, 1) that depends only on the id. */
function draw(id: string): number {
  return Number.parseInt(hash("sha256", `shard:${id}`, "hex").slice(0, 13), 16) / 2 ** 52;
}
