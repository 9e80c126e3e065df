/**
 * Clusters of documents that say nearly the same.
 *
 * Texts that are equal in all that counts are one; the others are sketched by MinHash, paired by locality-sensitive hashing, and
 * each candidate pair is verified by the exact Jaccard similarity of its sets of word 5-grams. A cluster is what verified pairs connect. The
 * result depends on the set of documents alone, not on their order or shards. Memory: about 700 bytes per document.
 */
import { join } from "node:path";
import type { Document } from "../../../schemas/document.ts";
import { WordScanner } from "../text/words.ts";
import { bandingFor } from "./bands.ts";
import { buckets } from "./buckets.ts";
import { Census } from "./census.ts";
import { fold } from "./fold.ts";
import { Matcher, type Pair } from "./matcher.ts";
import { TextSpool } from "./text-spool.ts";

/** What the search needs. */
export interface Search {
  /** The documents, the same at each call. */
  documents(): AsyncIterable<Document>;
  /** The least Jaccard similarity of near-duplicates. */
  readonly threshold: number;
  /** An empty folder to work in. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  progress?(documents: number): void;
}

/** What was found. Documents are numbered in the order in which they came; texts and clusters have their own numbers. */
export interface Clusters {
  readonly documents: number;
  idOf(document: number): string;
  /** The text of a document: the same for exact duplicates. */
  textOf(document: number): number;
  /** A text's representative document: the longest, and among equally long ones the one with the least id. */
  bestOfText(text: number): number;
  /** The cluster of a text. */
  clusterOf(text: number): number;
  /** Each cluster's representative document, by the same rule. */
  readonly best: ReadonlyMap<number, number>;
  /** Verified pairs of distinct texts, the most similar first: enough of them to connect each cluster. */
  readonly pairs: readonly Pair[];
  /** Pairs whose Jaccard similarity was computed. */
  readonly verified: number;
  /** Buckets too full for every pair in them to be compared. */
  readonly cutBuckets: number;
}

/** Find the clusters of near-duplicates. */
export async function findClusters(search: Search): Promise<Clusters> {
  const { threshold, signal } = search;
  const census = new Census();
  for await (const document of search.documents()) {
    signal.throwIfAborted();
    census.add(document);
    search.progress?.(census.ids.length);
  }
  const banding = bandingFor(threshold);
  const texts = census.inOrder();
  const keys = (band: number): Uint32Array => texts.map((text) => census.signatures.bandKey(text, band, banding));
  const candidates = new Set<number>();
  for (let band = 0; band < banding.bands; band += 1) {
    for (const bucket of buckets(texts, keys(band))) for (const text of bucket) candidates.add(text);
    signal.throwIfAborted();
  }
  const matcher = new Matcher(census, threshold, await spool(search, census, candidates));
  try {
    for (let band = 0; band < banding.bands && candidates.size > 0; band += 1) {
      for (const bucket of buckets(texts, keys(band))) {
        await matcher.connect(
          bucket,
          (a, b) => {
            for (let earlier = 0; earlier < band; earlier += 1) {
              if (census.signatures.bandKey(a, earlier, banding) === census.signatures.bandKey(b, earlier, banding)) return true;
            }
            return false;
          },
          signal,
        );
      }
    }
  } finally {
    matcher.close();
  }
  return clustersOf(census, matcher);
}

function clustersOf(census: Census, { union, pairs, verified, cutBuckets }: Matcher): Clusters {
  const best = new Map<number, number>();
  for (const [text, document] of census.bestOf.entries()) {
    const cluster = union.find(text);
    const known = best.get(cluster);
    if (known === undefined || census.isBetter(document, known)) best.set(cluster, document);
  }
  return {
    documents: census.ids.length,
    idOf: (document) => census.idOf(document),
    textOf: (document) => census.textOf[document] ?? 0,
    bestOfText: (text) => census.bestOf[text] ?? 0,
    clusterOf: (text) => union.find(text),
    best,
    pairs: pairs.toSorted((one, other) => other.jaccard - one.jaccard || compare(one.a, other.a) || compare(one.b, other.b)),
    verified,
    cutBuckets,
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The folded texts of all candidates, read again: only signatures stay in memory. */
async function spool(search: Search, census: Census, candidates: ReadonlySet<number>): Promise<TextSpool> {
  const texts = new TextSpool(join(search.scratch, "folded-texts"));
  if (candidates.size === 0) return texts;
  const scanner = new WordScanner();
  let document = -1;
  for await (const { text } of search.documents()) {
    search.signal.throwIfAborted();
    document += 1;
    const number = census.textOf[document] ?? 0;
    if (census.bestOf[number] === document && candidates.has(number)) texts.add(number, fold(text, scanner).text);
  }
  return texts;
}
