/** What stages write satisfies the JSON Schemas that are published for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as ingestCode from "../activities/data/ingest/run.ts";
import * as sealCode from "../activities/data/seal/run.ts";
import { ingest, seal } from "../activities/index.ts";
import { publishedSchemas } from "../schemas/published-schemas.ts";
import { crisolFolder } from "../system/package-folder.ts";
import { violations } from "./published-schema.ts";
import { StageHarness } from "./stage-harness.ts";

let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
});
afterAll(() => harness.close());

test.each(Object.keys(publishedSchemas))("ajv takes the schema %s, and its schema refuses what is no object", (name) => {
  expect(violations(name, 1)).not.toEqual([]);
});

test("documents, their sources, their seal and their manifests are as published", async () => {
  const contents = { "a.jsonl": '{"text":"one","year":1800}\n{"text":"two","more":{"deep":[1,null]}}\n', "b.txt": "three" };
  const raw = await harness.files(contents);
  const read = await harness.run(ingest, ingestCode, { inputs: { from: raw }, params: { meta: ["year", "more"] } });
  const unsealed = read.outputs.documents;
  if (unsealed === undefined) throw new Error("ingest has no output");
  const sealed = await harness.run(seal, sealCode, { inputs: { documents: unsealed } });

  const documents = await harness.read(unsealed);
  expect(documents).toHaveLength(3);
  expect(documents.flatMap((document) => violations("document", document))).toEqual([]);
  expect(violations("document", { ...documents[0], id: 1 })).toEqual(["/id must be string"]);

  const artifact = sealed.outputs.documents;
  const { manifest } = await harness.input(artifact);
  expect(violations("manifest", manifest)).toEqual([]);
  expect(violations("manifest", { ...manifest, kind: "no kind" })).toEqual([expect.stringContaining("/kind must match pattern")]);
  expect(violations("sources", JSON.parse(await harness.text(artifact, "sources.json")))).toEqual([]);
  const { payload } = JSON.parse(await harness.text(artifact, "seal.dsse.json"));
  expect(violations("seal-statement", JSON.parse(Buffer.from(payload, "base64").toString()))).toEqual([]);
});

test("docs/json.md names every schema", () => {
  const page = readFileSync(join(crisolFolder, "docs", "json.md"), "utf8");
  const named = [...page.matchAll(/\[([\w-]+)\]\(\.\.\/schemas\/json\/([\w-]+)\.json\)/g)].map(([, name, file]) => [name, file]);
  expect(named).toEqual(named.map(([name]) => [name, name]));
  expect(named.map(([name]) => name)).toEqual(Object.keys(publishedSchemas));
});
