import { readdirSync } from "node:fs";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Document } from "../../schemas/document.ts";
import { wholeFrames } from "../../system/files/zstd-frames.ts";
import { documentOf } from "../../test/fixtures/stage-artifacts.ts";
import { blobFile, flipBit, temporaryStore } from "../../test/fixtures/temporary-store.ts";
import type { Store } from "../store.ts";
import { readShard, ShardWriter, type WrittenShards } from "./document-shards.ts";
import type { ShardSizes } from "./shard-cut.ts";

const small: ShardSizes = { least: 4000, spread: 12_000, most: 40_000, frame: 1000 };

/** Texts of uneven length, the same each time. */
function documents(count: number, label = "a"): Document[] {
  return Array.from({ length: count }, (_, index) =>
    documentOf(`${label}#${index}`, `${label} ${index} ñ 猫 `.repeat(1 + ((index * 7919) % 40))),
  );
}

async function writeAll(store: Store, all: readonly Document[], sizes = small): Promise<WrittenShards> {
  let written: WrittenShards | undefined;
  const writer = new ShardWriter(store.blobs, sizes, (result) => {
    written = result;
  });
  for (const document of all) await writer.write(document);
  await writer.close();
  if (written === undefined) throw new Error("close() did not return what was written");
  return written;
}

async function readAll(store: Store, { files }: WrittenShards): Promise<Document[]> {
  const all: Document[] = [];
  for (const { path, sha256 } of files) for await (const document of readShard(store.blobs.read(sha256), path)) all.push(document);
  return all;
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

test("documents come back as they were, in order, with their numbers", async () => {
  const store = await temporaryStore();
  const all = documents(500);
  const written = await writeAll(store, all);
  expect(await readAll(store, written)).toEqual(all);
  expect(written.documents).toBe(500);
  expect(written.textBytes).toBe(all.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0));
  expect(written.files.length).toBeGreaterThan(3);
  expect(written.files[1]?.path).toBe("documents/00001.jsonl.zst");
});

test("no documents are no shards", async () => {
  expect(await writeAll(await temporaryStore(), [])).toEqual({ files: [], documents: 0, textBytes: 0 });
});

test("frames stand alone and end at line ends", async () => {
  const store = await temporaryStore();
  const [first] = (await writeAll(store, documents(100))).files;
  if (first === undefined) throw new Error("no shard was written");
  const texts: string[] = [];
  for await (const frame of wholeFrames(store.blobs.read(first.sha256))) texts.push(zstdDecompressSync(frame).toString());
  expect(texts.length).toBeGreaterThan(2);
  for (const text of texts) expect(text.endsWith("}\n")).toBe(true);
});

test("documents added or removed leave later shards as they were", async () => {
  const store = await temporaryStore();
  const all = documents(3000);
  const before = (await writeAll(store, all)).files.map(({ sha256 }) => sha256);
  const inserted = [...all.slice(0, 700), ...documents(30, "new"), ...all.slice(700)];
  const after = new Set((await writeAll(store, inserted)).files.map(({ sha256 }) => sha256));
  expect(before.length).toBeGreaterThan(30);
  expect(before.filter((digest) => !after.has(digest)).length).toBeLessThanOrEqual(4);
  const shortened = new Set((await writeAll(store, all.slice(300))).files.map(({ sha256 }) => sha256));
  expect(before.slice(10).filter((digest) => !shortened.has(digest))).toEqual([]);
});

test("a document with a lone surrogate is refused and named", async () => {
  const store = await temporaryStore();
  const writing = writeAll(store, [documentOf("speech.json#3", "broken \ud800 text")]);
  await expect(writing).rejects.toMatchObject({ parts: { code: "BAD_DATA", where: expect.stringContaining("speech.json#3") } });
});

test("an abandoned writer leaves nothing; a closed one accepts no more", async () => {
  const store = await temporaryStore();
  const writer = new ShardWriter(store.blobs, small, () => undefined);
  for (const document of documents(20)) await writer.write(document);
  await writer.abandon();
  expect(readdirSync(`${store.location.directory}/tmp`)).toEqual([]);
  await expect(writer.write(documentOf("a", "b"))).rejects.toThrow("closed");
});

test("wherever a bit of a shard is flipped, reading it ends in an error", async () => {
  const store = await temporaryStore();
  const written = await writeAll(store, documents(30), { ...small, least: 1e9, most: 1e9 });
  const [file] = written.files;
  const path = blobFile(store, file?.sha256 ?? "");
  for (let at = 0; at < (file?.bytes ?? 0); at += 37) {
    flipBit(path, at);
    await expect(readAll(store, written)).rejects.toMatchObject({ parts: { code: expect.stringMatching(/ARTIFACT_DAMAGED|BAD_DATA/) } });
    flipBit(path, at);
  }
  expect(await readAll(store, written)).toHaveLength(30);
});

test.each([
  ["no zstd at all", Buffer.from("hello hello"), /do not start a zstd frame/],
  ["a frame cut short", zstdCompressSync(Buffer.from('{"id":"a"}\n')).subarray(0, 12), /ends within a frame/],
  ["a line without its end", zstdCompressSync(Buffer.from('{"id":"a"}')), /within a line/],
  ["a line that is not a document", zstdCompressSync(Buffer.from('{"id":"a"}\n')), /not a document/],
  ["a line that is not JSON", zstdCompressSync(Buffer.from("id\n")), /not a document/],
])("%s is bad data, reported with its place", async (_, bytes, what) => {
  const reading = (async () => {
    for await (const _document of readShard(one(bytes), "documents/00000.jsonl.zst"));
  })();
  await expect(reading).rejects.toMatchObject({
    parts: { code: "BAD_DATA", what: expect.stringMatching(what), where: expect.stringContaining("00000") },
  });
});

test("frames that other tools write are split too: unknown size, no checksum, repeated bytes, one byte at a time", async () => {
  const frames = [
    zstdCompressSync(Buffer.alloc(300_000, "a")),
    zstdCompressSync(Buffer.from("b"), { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } }),
    zstdCompressSync(Buffer.alloc(0)),
    zstdCompressSync(Buffer.from("c".repeat(70_000)), {
      params: { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_compressionLevel]: 19 },
    }),
  ];
  const bytes = Buffer.concat(frames);
  const slowly = (async function* () {
    for (let at = 0; at < bytes.length; at += 1) yield bytes.subarray(at, at + 1);
  })();
  const split: Buffer[] = [];
  for await (const frame of wholeFrames(slowly)) split.push(Buffer.from(frame));
  expect(split).toEqual(frames);
});
