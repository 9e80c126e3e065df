import { afterEach, beforeEach, expect, test } from "vitest";
import { documentOf } from "../../../test/fixtures/stage-artifacts.ts";
import { StageHarness } from "../../../test/stage-harness.ts";
import { quotas } from "./quotas.ts";
import { run } from "./run.ts";
import { mix } from "./stage.ts";

let harness: StageHarness;
beforeEach(async () => {
  harness = await StageHarness.open();
});
afterEach(() => harness.close());

const part = (name: string, count: number, facts: readonly string[] = ["sealed"]) =>
  harness.documents(
    Array.from({ length: count }, (_, index) => documentOf(`${name}#${index}`, `${name} ${index}`)),
    facts,
  );
const nameOf = ({ source }: { readonly source: string }) => source.slice(0, source.indexOf("#"));

async function mixed(counts: Readonly<Record<string, number>>, weights: readonly number[], seed = 0) {
  const parts = await Promise.all(Object.entries(counts).map(([name, count]) => part(name, count)));
  const { outputs, report } = await harness.run(mix, run, { inputs: { parts }, params: { weights, seed } });
  return { documents: await harness.read(outputs.documents), report, content: outputs.documents?.content };
}

test.each([
  [
    [100, 100],
    [1, 1],
    [100, 100],
  ],
  [
    [100, 100],
    [3, 1],
    [100, 33],
  ],
  [
    [10, 1000, 1000, 1000],
    [0.1, 0.3, 0.3, 0.3],
    [10, 30, 30, 30],
  ],
  [[7], [5], [7]],
  [
    [3, 100],
    [0.3, 0.1],
    [3, 1],
  ],
])("of %j documents with weights %j, %j are taken", (counts, weights, taken) => {
  expect(quotas(counts, weights)).toEqual(taken);
});

test("four parts are mixed in their proportions, which hold all along, each document at most once", async () => {
  const { documents, report } = await mixed({ a: 40, b: 200, c: 100, d: 50 }, [0.4, 0.3, 0.2, 0.1]);
  const counted = (some: typeof documents) => Object.fromEntries([...Map.groupBy(some, nameOf)].map(([name, of]) => [name, of.length]));
  expect(counted(documents)).toEqual({ a: 40, b: 30, c: 20, d: 10 });
  expect(new Set(documents.map(({ id }) => id)).size).toBe(100);
  for (const end of [10, 50, 90]) {
    const { a = 0, d = 0 } = counted(documents.slice(0, end));
    expect(Math.abs(a - end * 0.4)).toBeLessThanOrEqual(1);
    expect(Math.abs(d - end * 0.1)).toBeLessThanOrEqual(1);
  }
  expect(report).toMatchObject({ in: 390, out: 100, dropped: { not_drawn: 290 }, headline: "40 of 40, 30 of 200, 20 of 100, 10 of 50" });
  expect(report.metrics?.parts).toEqual([
    { documents: 40, taken: 40, share: 0.4 },
    { documents: 200, taken: 30, share: 0.3 },
    { documents: 100, taken: 20, share: 0.2 },
    { documents: 50, taken: 10, share: 0.1 },
  ]);
});

test("the same seed draws the same documents, another seed others, and not the first ones", async () => {
  const [one, again, other] = [
    await mixed({ a: 10, b: 300 }, [1, 3]),
    await mixed({ a: 10, b: 300 }, [1, 3]),
    await mixed({ a: 10, b: 300 }, [1, 3], 7),
  ];
  expect(again.content).toBe(one.content);
  expect(other.content).not.toBe(one.content);
  const drawn = one.documents.filter((document) => nameOf(document) === "b").map(({ source }) => Number(source.slice(2)));
  expect(drawn).toHaveLength(30);
  // the mean of 30 draws of 0 to 299 is 149.5, with a standard error of 15
  expect(Math.abs(drawn.reduce((sum, index) => sum + index, 0) / 30 - 149.5)).toBeLessThan(60);
  expect(drawn).toEqual(drawn.toSorted((a, b) => a - b));
});

test("the mixture has the facts that all parts share", async () => {
  const parts = [await part("a", 3, ["clean", "sealed"]), await part("b", 3, ["deduplicated", "sealed"])];
  const { outputs } = await harness.run(mix, run, { inputs: { parts }, params: { weights: [1, 1] } });
  expect((await harness.input(outputs.documents)).manifest.facts).toEqual(["sealed"]);
});

test("a list of one part is a list", async () => {
  const { documents, report } = await mixed({ a: 3 }, [2]);
  expect(documents.map(({ text }) => text)).toEqual(["a 0", "a 1", "a 2"]);
  expect(report).toMatchObject({ in: 3, out: 3, dropped: {} });
});

test("a part that would not be in the mixture is refused", async () => {
  await expect(mixed({ a: 3, b: 0 }, [1, 1])).rejects.toMatchObject({ parts: { code: "BAD_DATA", what: "parts[1] has no documents" } });
  await expect(mixed({ a: 3, b: 9 }, [1, 0.1])).rejects.toMatchObject({ parts: { what: "no document of parts[1] would be taken" } });
});
