import { setImmediate } from "node:timers/promises";
import { WordScanner } from "../text/words.ts";
import { leastAgreement } from "./bands.ts";
import type { Census } from "./census.ts";
import { Comparison } from "./comparison.ts";
import { ShingleHashes } from "./shingle-hashes.ts";
import type { TextSpool } from "./text-spool.ts";
import { UnionFind } from "./union-find.ts";

/** Two documents that were compared and found similar; `jaccard` is exact. */
export interface Pair {
  readonly a: string;
  readonly b: string;
  readonly jaccard: number;
}

/** Comparisons of signatures per member of a bucket: a bucket of up to twice as many members is compared in full. */
const comparisonsPerMember = 5_000;

/** Verifies candidates and joins those that are similar. */
export class Matcher {
  readonly union: UnionFind;
  readonly pairs: Pair[] = [];
  verified = 0;
  cutBuckets = 0;
  readonly #census: Census;
  readonly #threshold: number;
  readonly #least: number;
  readonly #texts: TextSpool;
  readonly #scanner = new WordScanner();
  readonly #hashes: ShingleHashes;
  #comparison: { readonly text: number; readonly with: Comparison } | undefined;

  constructor(census: Census, threshold: number, texts: TextSpool) {
    this.#census = census;
    this.#threshold = threshold;
    this.#least = leastAgreement(threshold);
    this.#texts = texts;
    this.#hashes = new ShingleHashes((text) => texts.get(text), this.#scanner);
    this.union = new UnionFind(census.bestOf.length);
  }

  /** Join the members of a bucket that verified pairs connect; members that are already connected are not compared. */
  async connect(bucket: readonly number[], compared: (a: number, b: number) => boolean, signal: AbortSignal): Promise<void> {
    let breathe = performance.now() + 50;
    let budget = bucket.length * comparisonsPerMember;
    const alike = (a: number, b: number): boolean => {
      budget -= 1;
      return budget >= 0 && !compared(a, b) && this.#census.signatures.agreement(a, b) >= this.#least && this.#verify(a, b);
    };
    const connects = (some: readonly number[], others: readonly number[]): boolean => some.some((a) => others.some((b) => alike(a, b)));
    let apart = this.#groups(bucket);
    while (apart.length > 1) {
      const reached = apart.splice(0, 1);
      for (const group of reached) {
        if (apart.length === 0) break;
        const left: number[][] = [];
        for (const other of apart) (connects(group, other) ? reached : left).push(other);
        apart = left;
        signal.throwIfAborted();
        if (performance.now() > breathe) {
          await setImmediate();
          breathe = performance.now() + 50;
        }
      }
    }
    if (budget < 0) this.cutBuckets += 1;
  }

  close(): void {
    this.#texts.close();
  }

  #groups(bucket: readonly number[]): number[][] {
    const groups = new Map<number, number[]>();
    for (const text of bucket) {
      const root = this.union.find(text);
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [text]);
      else group.push(text);
    }
    return [...groups.values()];
  }

  #verify(a: number, b: number): boolean {
    this.verified += 1;
    if (this.#hashes.most(a, b) < this.#threshold) return false;
    if (this.#comparison?.text !== a) this.#comparison = { text: a, with: new Comparison(this.#texts.get(a), this.#scanner) };
    const jaccard = this.#comparison.with.jaccard(this.#texts.get(b));
    if (jaccard < this.#threshold) return false;
    this.union.union(a, b);
    const [first = "", second = ""] = [this.#census.idOfText(a), this.#census.idOfText(b)].sort();
    this.pairs.push({ a: first, b: second, jaccard });
    return true;
  }
}
