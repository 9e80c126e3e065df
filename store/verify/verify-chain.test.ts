import { readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Digest } from "../../schemas/digest.ts";
import { type SmallChain, smallChain } from "../../test/fixtures/small-chain.ts";
import { compute, outputOf } from "../../test/fixtures/stage-artifacts.ts";
import { blobFile, flipBit, temporaryFolder, temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { lineage } from "../artifacts/lineage.ts";
import type { Store } from "../store.ts";
import { type ChainReport, verifyChain } from "./verify-chain.ts";

interface Place {
  readonly store: Store;
  readonly project: string;
  readonly chain: SmallChain;
}

async function place(): Promise<Place> {
  const [store, project] = [await temporaryStore(), temporaryFolder()];
  return { store, project, chain: await smallChain(store, project) };
}

const verify = ({ store, project, chain }: Place): Promise<ChainReport> => verifyChain(store, chain.model, { projectFolder: project });

const recordFile = ({ store }: Place, key: Digest): string => join(store.location.directory, "records", key.slice(0, 2), `${key}.json`);

async function blobOf({ store }: Place, artifact: Digest, path: string): Promise<Digest> {
  const file = (await store.artifacts.manifest(artifact)).files.find((entry) => entry.path === path);
  if (file === undefined) throw new Error(`no ${path}`);
  return file.sha256;
}

test("a sound chain holds, link by link, from raw files to the model", async () => {
  const where = await place();
  const report = await verify(where);
  expect(report.firstBroken).toBeUndefined();
  expect(report.links.map(({ type, stage }) => [type, stage])).toEqual([
    ["artifact", undefined],
    ["raw", undefined],
    ["artifact", "ingest"],
    ["record", "ingest"],
    ["code", "ingest"],
    ["artifact", "seal"],
    ["record", "seal"],
    ["code", "seal"],
    ["seal", "seal"],
    ["artifact", "train"],
    ["record", "train"],
    ["code", "train"],
    ["seal", undefined],
  ]);
});

test("lineage lists each artifact after what it was derived from", async () => {
  const { store, chain } = await place();
  const { nodes } = await lineage(store, chain.model);
  expect(nodes.map(({ digest }) => digest)).toEqual(
    [chain.raw, outputOf(chain.ingest), outputOf(chain.seal), chain.model].map((ref) => ref.digest),
  );
  expect(nodes.map(({ record }) => record?.node)).toEqual([undefined, "ingest", "seal", "train"]);
});

test("a changed raw file is named", async () => {
  const where = await place();
  flipBit(join(where.project, "data/b.txt"), 3);
  const { firstBroken } = await verify(where);
  expect(firstBroken).toMatchObject({ type: "raw", artifact: where.chain.raw.digest, broken: { file: "data/b.txt" } });
});

test("a missing raw file is named", async () => {
  const where = await place();
  unlinkSync(join(where.project, "data/a.txt"));
  expect((await verify(where)).firstBroken).toMatchObject({
    type: "raw",
    broken: { file: "data/a.txt", reason: expect.stringContaining("missing") },
  });
});

test.each([
  ["a file of the model", (where: Place) => blobOf(where, where.chain.model.digest, "onnx/model.onnx"), "train", "onnx/model.onnx"],
  [
    "a shard of documents",
    (where: Place) => blobOf(where, outputOf(where.chain.ingest).digest, "documents/00000.jsonl.zst"),
    "ingest",
    "documents/00000.jsonl.zst",
  ],
  ["the hashes of documents", (where: Place) => blobOf(where, outputOf(where.chain.seal).digest, "hashes"), "seal", "hashes"],
  ["the seal", (where: Place) => blobOf(where, outputOf(where.chain.seal).digest, "seal.dsse.json"), "seal", "seal.dsse.json"],
  ["the model's manifest", async (where: Place) => where.chain.model.digest, undefined, undefined],
  ["the sealed documents' manifest", async (where: Place) => outputOf(where.chain.seal).digest, undefined, undefined],
])("a flipped bit in %s is found, with stage, file and digest", async (_, find, stage, file) => {
  const where = await place();
  const blob = await find(where);
  // just verified, and known to the index: the chain is verified all the same
  expect(await where.store.blobs.check(blob)).toBeUndefined();
  flipBit(blobFile(where.store, blob), 2);
  const { firstBroken } = await verify(where);
  expect(firstBroken).toMatchObject({ type: "artifact", broken: { digest: blob } });
  expect(firstBroken?.stage).toBe(stage);
  expect(firstBroken?.broken?.file).toBe(file);
});

test("a flipped bit in a record and a missing record are found", async () => {
  const where = await place();
  flipBit(recordFile(where, where.chain.seal.key), 40);
  expect((await verify(where)).firstBroken).toMatchObject({ type: "record", artifact: outputOf(where.chain.seal).digest });
  rmSync(recordFile(where, where.chain.seal.key));
  expect((await verify(where)).firstBroken).toMatchObject({ type: "record", broken: { reason: expect.stringContaining("no record") } });
});

test("a record whose ingredients were changed does not have its own key", async () => {
  const where = await place();
  const record = { ...where.chain.train, ingredients: { ...where.chain.train.ingredients, params: { steps: 1 } } };
  rmSync(recordFile(where, record.key));
  await where.store.records.put(record);
  expect((await verify(where)).firstBroken).toMatchObject({
    type: "record",
    stage: "train",
    broken: { reason: expect.stringContaining("key") },
  });
});

test("a flipped bit in a stage's code is found", async () => {
  const where = await place();
  flipBit(blobFile(where.store, Digest.parse(where.chain.train.code)), 10);
  expect((await verify(where)).firstBroken).toMatchObject({ type: "code", stage: "train" });
});

test("documents exchanged after sealing are found, although every digest matches", async () => {
  const where = await place();
  const { store, chain } = where;
  const sealed = await store.artifacts.manifest(outputOf(chain.seal).digest);
  const forged = await compute(store, {
    stage: "forge",
    inputs: [chain.raw],
    kind: "documents",
    facts: ["sealed"],
    write: async (output) => {
      const writer = output.documents();
      for (const name of ["a", "b"]) await writer.write({ id: "0".repeat(32), text: `forged ${name}`, source: name, meta: {} });
      await writer.close();
      for (const file of sealed.files) {
        if (!file.path.startsWith("documents/")) await output.write(file.path, await store.blobs.readAll(file.sha256));
      }
    },
  });
  const report = await verifyChain(store, outputOf(forged), { projectFolder: where.project });
  expect(report.firstBroken).toMatchObject({
    type: "seal",
    stage: "forge",
    broken: { reason: expect.stringContaining("not the one that was sealed") },
  });
});

test("a seal by another key does not count", async () => {
  const where = await place();
  for (const name of readdirSync(join(where.store.location.directory, "keys")))
    rmSync(join(where.store.location.directory, "keys", name), { recursive: true });
  const { openStore } = await import("../store.ts");
  const store = await openStore(where.store.location);
  expect((await verify({ ...where, store })).firstBroken).toMatchObject({
    type: "seal",
    stage: "seal",
    broken: { reason: expect.stringContaining("key") },
  });
});

test("a model from raw files that no seal covers is not proved", async () => {
  const [store, project] = [await temporaryStore(), temporaryFolder()];
  writeFileSync(join(project, "a.txt"), "a");
  const files = [{ path: "a.txt", ...(await store.files.hashFile(join(project, "a.txt"))) }];
  const raw = await store.artifacts.commit({ kind: "files", facts: [], counts: {}, meta: {}, files, producer: null, inputs: [] });
  const write = async (output: { write(path: string, contents: string): Promise<unknown> }) => void (await output.write("a", "b"));
  const record = await compute(store, { stage: "train", inputs: [raw], kind: "model", write });
  const { firstBroken } = await verifyChain(store, outputOf(record), { projectFolder: project });
  expect(firstBroken).toMatchObject({ type: "seal", broken: { file: "a.txt" } });
  expect(readFileSync(join(project, "a.txt"), "utf8")).toBe("a");
});
