import type { Document } from "../../../schemas/document.ts";
import { digestOf } from "../../../schemas/hash.ts";

/** How many documents to draw, of how many, and what decides which. */
export interface Draw {
  readonly quota: number;
  readonly count: number;
  readonly seed: string;
}

/**
 * Draw documents without replacement, in their order, in one pass: each set of `quota` documents is equally likely, and the same seed draws the same.
 *
 * @see Knuth, The Art of Computer Programming, volume 2, 3.4.2, algorithm S
 */
export async function* drawn(documents: AsyncIterable<Document>, { quota, count, seed }: Draw): AsyncGenerator<Document> {
  let [needed, left] = [quota, count];
  if (needed === 0) return;
  for await (const document of documents) {
    if (numberOf(document.id, seed) * left < needed) {
      yield document;
      needed -= 1;
      if (needed === 0) return;
    }
    left -= 1;
  }
}

/** A number in [0, 1) that depends only on the document and the seed. */
function numberOf(id: string, seed: string): number {
  return Number.parseInt(digestOf(`${seed}:${id}`).slice(0, 13), 16) / 2 ** 52;
}
