import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../../schemas/digest.ts";
import type { Document } from "../../../schemas/document.ts";
import { StageHarness, type StageResult } from "../../../test/stage-harness.ts";
import { run } from "./run.ts";
import { dedup } from "./stage.ts";

let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
});
afterAll(() => harness.close());

const document = (text: string, index: number): Document => ({
  id: digestOf(`${index}\n${text}`).slice(0, 32),
  text,
  source: `d#${index}`,
  meta: {},
});

async function deduplicated(documents: readonly Document[], params: object = {}): Promise<StageResult & { readonly kept: string[] }> {
  const result = await harness.run(dedup, run, { inputs: { documents: await harness.documents(documents, ["sealed"]) }, params });
  return { ...result, kept: (await harness.read(result.outputs.documents)).map(({ text }) => text) };
}

/** Words that never repeat, from a seed. */
const words = (seed: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => digestOf(`${seed} ${index}`).slice(0, 7));
const prose = (seed: number, count = 100): string => words(seed, count).join(" ");

describe("exact duplicates", () => {
  test("may differ in case, punctuation and white space", async () => {
    const texts = ["¡Hola, mundo! Qué  tal.", "hola mundo; que tal", "HOLA MUNDO\nQUÉ TAL", "Hola mundo: «qué tal»"];
    const { kept, report } = await deduplicated(texts.map(document));
    expect(kept).toEqual(["¡Hola, mundo! Qué  tal.", "hola mundo; que tal"]);
    expect(report.dropped).toEqual({ exact_duplicate: 2 });
  });

  test("include composed and decomposed ñ, but not ñ and n, nor different accents", async () => {
    const texts = ["El año de la caña", "el an\u0303o de la can\u0303a", "el ano de la cana", "público", "publico", "publicó"];
    const { kept } = await deduplicated(texts.map(document));
    expect(kept).toEqual(["el an\u0303o de la can\u0303a", "el ano de la cana", "público", "publico", "publicó"]);
  });

  test("without words are those that are equal", async () => {
    const { kept } = await deduplicated(["!!!", "???", "!!!", "🙂", "", ""].map(document));
    expect([...kept].sort()).toEqual(["", "!!!", "???", "🙂"].sort());
  });

  test("in tens of thousands cost no more than reading them", { timeout: 60_000 }, async () => {
    const text = prose(1);
    const { kept, report } = await deduplicated([...Array(20_000).keys()].map((index) => document(text, index)));
    expect(kept).toEqual([text]);
    expect(report.metrics).toMatchObject({ pairsVerified: 0, clusters: 1 });
  });
});

describe("near-duplicates", () => {
  test("above the threshold are dropped, those below stay", async () => {
    const base = words(2, 104);
    const near = [...base.slice(0, 100), ...words(3, 4)];
    const far = [...base.slice(0, 60), ...words(4, 44)];
    const { kept, report, outputs } = await deduplicated([base, near, far].map((list, index) => document(list.join(" "), index)));
    expect(kept).toHaveLength(2);
    expect(kept).toContain(far.join(" "));
    expect(report.dropped).toEqual({ near_duplicate: 1 });
    // 100 shingles each, 96 shared
    const pairs = (await harness.text(outputs.documents, "pairs.jsonl"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(pairs).toEqual([{ a: expect.any(String), b: expect.any(String), jaccard: 96 / 104 }]);
    expect(report.metrics).toMatchObject({ topPairs: pairs, nearDuplicatePairs: 1 });
    expect(
      (
        await deduplicated(
          [base, near].map((list, index) => document(list.join(" "), index)),
          { threshold: 0.95 },
        )
      ).kept,
    ).toHaveLength(2);
  });

  test("give way to the longest, then to the least id", async () => {
    const base = words(5, 100);
    const longer = [...base, "more", "words"].join(" ");
    expect(
      (await deduplicated([document(base.join(" "), 0), document(longer, 1), document(base.join(" ").toUpperCase(), 2)])).kept,
    ).toEqual([longer]);
    const twins = [document(prose(6), 1), document(prose(6), 2)].sort((a, b) => (a.id < b.id ? 1 : -1));
    const { outputs } = await deduplicated(twins);
    expect((await harness.read(outputs.documents))[0]?.id).toBe(twins[1]?.id);
  });

  test("with fewer than five words are compared whole", async () => {
    expect((await deduplicated(["uno dos tres", "uno dos tres cuatro", "Uno, dos, tres!", "uno"].map(document))).kept).toHaveLength(3);
  });

  test("in thousands are compared with one of them, not with one another", { timeout: 60_000 }, async () => {
    const base = words(7, 200);
    const documents = [...Array(5_000).keys()].map((index) => document([...base, `n${index}`].join(" "), index));
    const { kept, report } = await deduplicated(documents);
    expect(kept).toHaveLength(1);
    expect(report.metrics?.pairsVerified).toBe(4_999);
  });

  test("that share half of a template are distinguished in bounded time", { timeout: 60_000 }, async () => {
    const template = words(8, 160);
    const documents = [...Array(2_000).keys()].map((index) => document([...template, ...words(1000 + index, 100)].join(" "), index));
    const started = performance.now();
    const { kept } = await deduplicated(documents);
    expect(kept).toHaveLength(2_000);
    expect(performance.now() - started).toBeLessThan(30_000);
  });
});

test("writes the same artifact however its input is cut into shards", async () => {
  const documents = [...Array(60).keys()].map((index) => document([...words(index % 25, 90), ...words(500 + index, 4)].join(" "), index));
  const contents = new Set<string | undefined>();
  for (const least of [1, 3_000, 1 << 24]) {
    const input = await harness.documents(documents, ["sealed"], { least, spread: least, most: least * 2, frame: 1_000 });
    contents.add((await harness.run(dedup, run, { inputs: { documents: input } })).outputs.documents?.content);
  }
  expect(contents.size).toBe(1);
});

test("an abort ends the stage", async () => {
  const documents = await harness.documents([document("x", 0)], ["sealed"]);
  const reason = new Error("stop");
  await expect(harness.run(dedup, run, { inputs: { documents }, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
