/** The seal that the stage `seal` writes is the one that `crisol verify` checks. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as ingestCode from "../activities/data/ingest/run.ts";
import { ingest } from "../activities/data/ingest/stage.ts";
import { run as runSeal } from "../activities/data/seal/run.ts";
import { seal } from "../activities/data/seal/stage.ts";
import type { Manifest } from "../schemas/artifact.ts";
import { verifySeal } from "../store/verify/verify-seal.ts";
import { flipBit } from "./fixtures/temporary-store.ts";
import { StageHarness } from "./stage-harness.ts";

let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
});
afterAll(() => harness.close());

async function sealed(): Promise<Manifest> {
  const lines = (label: string) =>
    Array.from({ length: 50 }, (_, index) => JSON.stringify({ text: `${label} número ${index}` })).join("\n");
  const from = await harness.files({ "data/a.jsonl": lines("a"), "data/b.jsonl": lines("b") });
  const made = await harness.run(ingest, ingestCode, { inputs: { from }, params: { text: "text" } });
  const documents = made.outputs.documents;
  if (documents === undefined) throw new TypeError("ingest wrote no documents");
  const { outputs } = await harness.run(seal, runSeal, { inputs: { documents } });
  return (await harness.input(outputs.documents)).manifest;
}

test("a seal holds for the documents and names the raw files", async () => {
  const manifest = await sealed();
  const finding = await verifySeal(harness.store, manifest);
  expect(finding.broken).toBeUndefined();
  expect(finding.documents).toBe(100);
  expect([...finding.sources].map((source) => source.split(" ")[0])).toEqual(["data/a.jsonl", "data/b.jsonl"]);
});

test.each(["hashes", "sources.json"])("%s of another artifact under the same seal is found", async (path) => {
  const manifest = await sealed();
  const { sha256, bytes } = await harness.store.blobs.put(path === "hashes" ? Buffer.alloc(3200) : "[]");
  const files = manifest.files.map((file) => (file.path === path ? { path, sha256, bytes } : file));
  expect((await verifySeal(harness.store, { ...manifest, files })).broken).toBeDefined();
});

test("a statement that was changed after it was signed is refused, and so is a damaged seal", async () => {
  const manifest = await sealed();
  const entry = manifest.files.find(({ path }) => path === "seal.dsse.json");
  const path = await harness.store.blobs.materialize(entry?.sha256 ?? manifest.root);
  const envelope = JSON.parse(readFileSync(path, "utf8")) as { payload: string };
  const payload = Buffer.from(envelope.payload, "base64").toString().replace('"documents":100', '"documents":101');
  const forged = await harness.store.blobs.put(JSON.stringify({ ...envelope, payload: Buffer.from(payload).toString("base64") }));
  const files = manifest.files.map((file) => (file.path === "seal.dsse.json" ? { path: file.path, ...forged } : file));
  await expect(verifySeal(harness.store, { ...manifest, files })).rejects.toMatchObject({ parts: { code: "SEAL_BROKEN" } });
  flipBit(path, 20);
  await expect(verifySeal(harness.store, manifest)).rejects.toMatchObject({ parts: { code: "ARTIFACT_DAMAGED" } });
});
