/** Near-duplicate search against a brute-force oracle, and its independence of order and shards. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bandingFor } from "../../activities/data/near-duplicates/bands.ts";
import { type Clusters, findClusters } from "../../activities/data/near-duplicates/clusters.ts";
import { Comparison } from "../../activities/data/near-duplicates/comparison.ts";
import { ShingleHashes } from "../../activities/data/near-duplicates/shingle-hashes.ts";
import { permutations, shingleHashes, sign } from "../../activities/data/near-duplicates/signatures.ts";
import { WordScanner } from "../../activities/data/text/words.ts";
import { digestOf } from "../../schemas/digest.ts";
import type { Document } from "../../schemas/document.ts";

const settings = { seed: Number(process.env.CRISOL_SEED ?? 20_261_124), numRuns: 40 };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "crisol-near-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function search(documents: readonly Document[], threshold: number): Promise<Clusters> {
  const scratch = await mkdtemp(join(folder, "scratch-"));
  return findClusters({
    async *documents() {
      yield* documents;
    },
    threshold,
    scratch,
    signal: new AbortController().signal,
  });
}

/** The definition, word for word. */
function oracleJaccard(a: string, b: string): number {
  const shingles = (text: string): Set<string> => {
    const words = text.match(/\p{L}+/gu) ?? [];
    if (words.length < 5) return new Set(words.length === 0 ? [] : [words.join(" ")]);
    return new Set(words.slice(4).map((_, at) => words.slice(at, at + 5).join(" ")));
  };
  const [one, other] = [shingles(a), shingles(b)];
  const shared = one.intersection(other).size;
  const union = one.size + other.size - shared;
  return union === 0 ? 0 : shared / union;
}

/** Families of texts: variants of a base with some words replaced, so that similarities of every size occur. */
const family = fc.record({
  base: fc.nat({ max: 1_000_000 }),
  length: fc.integer({ min: 1, max: 150 }),
  variants: fc.array(fc.array(fc.nat({ max: 149 }), { maxLength: 6 }), { minLength: 1, maxLength: 6 }),
});
const corpus = fc.array(family, { minLength: 1, maxLength: 5 }).map((families) => {
  const letters = (text: string): string =>
    digestOf(text)
      .replaceAll(/\d/g, (digit) => "ghijklmnop".charAt(Number(digit)))
      .slice(0, 6);
  const texts = families.flatMap(({ base, length, variants }) =>
    variants.map((replaced, variant) =>
      Array.from({ length }, (_, at) => letters(replaced.includes(at) ? `${base} ${at} ${variant}` : `${base} ${at}`)).join(" "),
    ),
  );
  return texts.map((text, index): Document => ({ id: digestOf(`${index} ${text}`).slice(0, 32), text, source: `${index}`, meta: {} }));
});
const thresholds = fc.constantFrom(0.5, 0.7, 0.8, 0.9);

/** The least id of each document's cluster, by id. */
function clusterById(documents: readonly Document[], clusters: Clusters): Map<string, string> {
  const least = new Map<number, string>();
  for (const [index, { id }] of documents.entries()) {
    const cluster = clusters.clusterOf(clusters.textOf(index));
    const known = least.get(cluster);
    if (known === undefined || id < known) least.set(cluster, id);
  }
  return new Map(documents.map(({ id }, index) => [id, least.get(clusters.clusterOf(clusters.textOf(index))) ?? ""]));
}

test("finds the pairs that brute force finds, and no others", { timeout: 120_000 }, async () => {
  let [expected, found] = [0, 0];
  await fc.assert(
    fc.asyncProperty(corpus, thresholds, async (documents, threshold) => {
      const clusters = await search(documents, threshold);
      const cluster = clusterById(documents, clusters);
      const byId = new Map(documents.map((document) => [document.id, document.text]));
      for (const { a, b, jaccard } of clusters.pairs) {
        expect(jaccard).toBe(oracleJaccard(byId.get(a) ?? "", byId.get(b) ?? ""));
        expect(jaccard).toBeGreaterThanOrEqual(threshold);
      }
      for (const [index, one] of documents.entries()) {
        for (const other of documents.slice(index + 1)) {
          if (oracleJaccard(one.text, other.text) < threshold && one.text !== other.text) continue;
          expected += 1;
          if (cluster.get(one.id) === cluster.get(other.id)) found += 1;
        }
      }
    }),
    settings,
  );
  expect(expected).toBeGreaterThan(300);
  expect(found / expected).toBeGreaterThan(0.99);
});

test("gives the same clusters, representatives and pairs for any order", { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      corpus.chain((documents) => fc.tuple(fc.constant(documents), fc.shuffledSubarray(documents, { minLength: documents.length }))),
      thresholds,
      async ([documents, shuffled], threshold) => {
        const [one, other] = [await search(documents, threshold), await search(shuffled, threshold)];
        const best = (clusters: Clusters): string[] => [...clusters.best.values()].map((document) => clusters.idOf(document)).sort();
        expect(clusterById(shuffled, other)).toEqual(new Map(shuffled.map(({ id }) => [id, clusterById(documents, one).get(id)])));
        expect(best(other)).toEqual(best(one));
        expect(other.pairs).toEqual(one.pairs);
      },
    ),
    settings,
  );
});

test("Comparison computes the Jaccard similarity exactly", () => {
  const text = fc.array(fc.constantFrom("uno", "dos", "tres"), { maxLength: 30 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(new Comparison(a, new WordScanner()).jaccard(b)).toBe(oracleJaccard(a, b));
    }),
    { ...settings, numRuns: 1000 },
  );
});

test("ShingleHashes never underestimates a pair's similarity, and forgetting hashes changes nothing", () => {
  const text = fc.array(fc.constantFrom("uno", "dos", "tres"), { minLength: 1, maxLength: 30 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.array(text, { minLength: 2, maxLength: 6 }), (texts) => {
      const [roomy, cramped] = [undefined, 1].map((room) => new ShingleHashes((at) => texts[at] ?? "", new WordScanner(), room));
      for (const [a, one] of texts.entries()) {
        for (const [b, other] of texts.entries()) {
          const exact = oracleJaccard(one, other);
          expect(roomy?.most(a, b)).toBeGreaterThanOrEqual(exact);
          expect(roomy?.most(a, b)).toBeLessThanOrEqual(exact * 1.011);
          expect(cramped?.most(a, b)).toBe(roomy?.most(a, b));
        }
      }
    }),
    settings,
  );
});

// comparing word by word took 40 s for the 2 million pairs of 2,000 such documents
test("documents written from one template, none a duplicate, are distinguished", async () => {
  const word = (name: string): string => digestOf(name).replaceAll(/\d/g, "x").slice(0, 8);
  const words = (name: string, count: number): string[] => Array.from({ length: count }, (_, at) => word(`${name} ${at}`));
  const documents = Array.from({ length: 1_500 }, (_, index): Document => {
    const text = [...words("template", 30), ...words(`${index}`, 5)].join(" ");
    return { id: digestOf(text).slice(0, 32), text, source: `${index}`, meta: {} };
  });
  const clusters = await search(documents, 0.8);
  expect(clusters.verified).toBeGreaterThan(1_000_000);
  expect(clusters.best.size).toBe(1_500);
});

test("the agreement of signatures estimates the similarity without bias", () => {
  const scanner = new WordScanner();
  const signature = (words: readonly string[]): Uint32Array => {
    const shingles = new Uint32Array(words.length);
    const count = shingleHashes(scanner.scan(words.join(" ")), shingles);
    const signed = new Uint32Array(permutations);
    sign(shingles, count, signed);
    return signed;
  };
  for (const share of [0.2, 0.5, 0.8]) {
    let error = 0;
    const rounds = 100;
    for (let round = 0; round < rounds; round += 1) {
      const words = (name: string, count: number): string[] =>
        Array.from({ length: count }, (_, at) => `w${digestOf(`${round} ${name} ${at}`).slice(0, 8)}`);
      const shared = words("shared", 304);
      const [a, b] = [
        [...shared, ...words("a", Math.round(150 * (1 / share - 1)))],
        [...shared, ...words("b", Math.round(150 * (1 / share - 1)))],
      ];
      const [one, other] = [signature(a), signature(b)];
      error +=
        one.filter((value, at) => value === other[at]).length / permutations -
        oracleJaccard(
          a.join(" ").replaceAll(/\d/g, (digit) => "ghijklmnop".charAt(Number(digit))),
          b.join(" ").replaceAll(/\d/g, (digit) => "ghijklmnop".charAt(Number(digit))),
        );
    }
    // four standard errors of the mean
    expect(Math.abs(error / rounds)).toBeLessThan((4 * 0.5) / Math.sqrt(permutations * rounds));
  }
});

test("the banding misses few pairs at the threshold", () => {
  for (const threshold of [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 1]) {
    const { bands, rows } = bandingFor(threshold);
    expect(bands * rows).toBeLessThanOrEqual(permutations);
    expect((1 - threshold ** rows) ** bands).toBeLessThanOrEqual(5e-3);
  }
});
