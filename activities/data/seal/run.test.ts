import { createPublicKey, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { canonicalJson } from "../../../schemas/canonical-json.ts";
import { digestOf, digestOfJson } from "../../../schemas/digest.ts";
import type { Document } from "../../../schemas/document.ts";
import { leafHash, merkleRoot } from "../../../store/artifacts/merkle.ts";
import { StageHarness } from "../../../test/stage-harness.ts";
import * as ingestCode from "../ingest/run.ts";
import { ingest } from "../ingest/stage.ts";
import { run } from "./run.ts";
import { seal } from "./stage.ts";
import { sealStatement } from "./statement.ts";

let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
});
afterAll(() => harness.close());

const lines = (count: number): string =>
  Array.from({ length: count }, (_, index) => `{"text":"number ${index}","year":${index}}`).join("\n");

test("signs the root over every document, and the raw files they came from", async () => {
  const from = await harness.files({ "a.jsonl": lines(5), "b.txt": "ñandú" });
  const raw = (await harness.run(ingest, ingestCode, { inputs: { from }, params: { meta: ["year"] } })).outputs;
  const { outputs, report } = await harness.run(seal, run, { inputs: { documents: raw.documents ?? from } });
  const documents = await harness.read(outputs.documents);
  const input = await harness.input(outputs.documents);

  const hashes: Buffer[] = [];
  for await (const chunk of input.bytes("hashes")) hashes.push(Buffer.from(chunk));
  expect(Buffer.concat(hashes).toString("hex")).toBe(documents.map((document) => digestOfJson(document)).join(""));

  const root = merkleRoot(documents.map((document) => leafHash(Buffer.from(digestOfJson(document), "hex"))));
  const files = JSON.parse(await harness.text(raw.documents, "sources.json"));
  const envelope = JSON.parse(await harness.text(outputs.documents, "seal.dsse.json"));
  expect(envelope.payloadType).toBe("application/vnd.in-toto+json");
  const statement = JSON.parse(Buffer.from(envelope.payload, "base64").toString());
  expect(statement).toEqual({
    _type: "https://in-toto.io/Statement/v1",
    subject: [
      { name: "a.jsonl", digest: { sha256: digestOf(lines(5)) } },
      { name: "b.txt", digest: { sha256: digestOf("ñandú") } },
    ],
    predicateType: "urn:crisol:seal:v1",
    predicate: { documentsRoot: root, documents: 6, hashes: "sha256", sourcesRoot: (await harness.input(from)).manifest.root },
  });
  expect(files).toHaveLength(2);
  expect(report).toMatchObject({ in: 6, out: 6, metrics: { documentsRoot: root, sources: 2 } });
});

test("the signature covers the DSSE encoding of the statement, by the project's own key", async () => {
  const documents = await harness.documents([{ id: "0".repeat(32), text: "x", source: "x#0", meta: {} }]);
  const { outputs } = await harness.run(seal, run, { inputs: { documents } });
  const envelope = JSON.parse(await harness.text(outputs.documents, "seal.dsse.json"));
  const payload = Buffer.from(envelope.payload, "base64");
  const encoded = Buffer.concat([Buffer.from(`DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${payload.length} `), payload]);
  const key = createPublicKey(await readFile(join(harness.store.location.directory, "keys", "signing.pub.pem")));
  const signature = Buffer.from(envelope.signatures[0].sig, "base64");
  expect(verify("sha256", encoded, key, signature)).toBe(true);
  expect(verify("sha256", Buffer.concat([encoded, Buffer.from(" ")]), key, signature)).toBe(false);
});

test("keeps the shards, their counts and the list of raw files as they are", async () => {
  const from = await harness.files({ "c.jsonl": lines(40) });
  const raw = (await harness.run(ingest, ingestCode, { inputs: { from } })).outputs.documents;
  if (raw === undefined) throw new Error("ingest has no output");
  const { outputs } = await harness.run(seal, run, { inputs: { documents: raw } });
  const [before, after] = [(await harness.input(raw)).manifest, (await harness.input(outputs.documents)).manifest];
  expect(after.files.filter(({ path }) => !["hashes", "seal.dsse.json"].includes(path))).toEqual(before.files);
  expect(after.counts).toEqual(before.counts);
  expect(after.facts).toEqual(["sealed"]);
});

test("one changed character changes the root", async () => {
  const document: Document = { id: "1".repeat(32), text: "niño", source: "x#0", meta: {} };
  const rootOf = async (text: string): Promise<unknown> => {
    const documents = await harness.documents([{ ...document, text }]);
    return (await harness.run(seal, run, { inputs: { documents } })).report.metrics?.documentsRoot;
  };
  expect(await rootOf("niño")).not.toBe(await rootOf("nino"));
});

test("names the list of files instead of the files when there are very many", () => {
  const sources = Array.from({ length: 10_001 }, (_, index) => ({ path: `${index}.txt`, bytes: 1, sha256: digestOf(`${index}`) }));
  const text = canonicalJson(sources);
  const statement = sealStatement(text, sources, { root: digestOf("root"), count: 1 });
  expect(statement.subject).toEqual([{ name: "sources.json", digest: { sha256: digestOf(text) } }]);
});
