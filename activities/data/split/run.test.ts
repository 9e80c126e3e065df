import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../../schemas/digest.ts";
import type { Document } from "../../../schemas/document.ts";
import { isCrisolError } from "../../../schemas/error.ts";
import { StageHarness, type StageResult } from "../../../test/stage-harness.ts";
import { run } from "./run.ts";
import { split } from "./stage.ts";

let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
});
afterAll(() => harness.close());

const facts = ["sealed", "deduplicated", "clean"];
const document = (text: string, index: number): Document => ({
  id: digestOf(`${index}\n${text}`).slice(0, 32),
  text,
  source: `d#${index}`,
  meta: {},
});
const words = (seed: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => digestOf(`${seed} ${index}`).slice(0, 7));

async function parted(
  documents: readonly Document[],
  params: object = {},
): Promise<StageResult & { train: Document[]; validation: Document[] }> {
  const result = await harness.run(split, run, { inputs: { documents: await harness.documents(documents, facts) }, params });
  return { ...result, train: await harness.read(result.outputs.train), validation: await harness.read(result.outputs.validation) };
}

const many = [...Array(2_000).keys()].map((index) => document(words(index, 8).join(" "), index));

test("gives every document to one side, in order, with its fact, and roughly the share that was requested", async () => {
  const { train, validation, outputs, report } = await parted(many, { validation: 0.1 });
  const onValidation = new Set(validation.map(({ id }) => id));
  expect(train).toEqual(many.filter(({ id }) => !onValidation.has(id)));
  expect(validation).toEqual(many.filter(({ id }) => onValidation.has(id)));
  // four standard deviations of a binomial
  expect(Math.abs(validation.length - 200)).toBeLessThan(4 * Math.sqrt(2_000 * 0.1 * 0.9));
  expect((await harness.input(outputs.train)).manifest.facts).toEqual([...facts, "training"].sort());
  expect((await harness.input(outputs.validation)).manifest.facts).toEqual([...facts, "validation"].sort());
  expect(report).toMatchObject({ in: 2_000, out: 2_000, metrics: { train: train.length, validation: validation.length } });
});

test("depends on the seed and the documents, not on their order, and does not change when others are added", async () => {
  const sides = async (documents: readonly Document[], seed: number): Promise<string[]> =>
    (await parted(documents, { validation: 0.3, seed })).validation.map(({ id }) => id).sort();
  const first = await sides(many.slice(0, 300), 1);
  expect(await sides(many.slice(0, 300).reverse(), 1)).toEqual(first);
  expect(await sides(many.slice(0, 300), 2)).not.toEqual(first);
  expect(await sides(many.slice(0, 600), 1)).toEqual(expect.arrayContaining(first));
});

test("keeps texts that share most of their words on one side", async () => {
  const families = [...Array(60).keys()].map((family) =>
    [...Array(4).keys()].map((variant) =>
      document([...words(family, 80), ...words(1_000 + family * 4 + variant, 15)].join(" "), family * 4 + variant),
    ),
  );
  const { validation, report } = await parted(families.flat(), { validation: 0.5 });
  const onValidation = new Set(validation.map(({ id }) => id));
  for (const family of families) expect(new Set(family.map(({ id }) => onValidation.has(id))).size).toBe(1);
  expect(report.metrics?.clusters).toBe(60);
  expect((await parted(families.flat(), { validation: 0.5, similarity: 1 })).report.metrics?.clusters).toBe(240);
});

test("refuses to leave a side empty, with advice, unless no validation is wanted", async () => {
  const few = many.slice(0, 3);
  for (const [share, side] of [
    [0.000001, "validation"],
    [1, "training"],
  ] as const) {
    const error: unknown = await parted(few, { validation: share }).catch((thrown: unknown) => thrown);
    if (!isCrisolError(error)) throw error;
    expect(error.parts).toMatchObject({ code: "BAD_DATA", what: `no document was assigned to ${side}` });
  }
  expect((await parted(few, { validation: 0 })).train).toEqual(few);
  const template = [...Array(3).keys()].map((index) => document([...words(1, 80), ...words(index + 2, 5)].join(" "), index));
  await expect(parted(template, { validation: 0.5 })).rejects.toMatchObject({
    parts: { fix: expect.stringContaining("raise `similarity`") },
  });
});
