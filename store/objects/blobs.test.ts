import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, readdirSync, readFileSync, statSync, truncateSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { fileVersion } from "../../system/files/file-version.ts";
import { blobFile, flipBit, someDigest, temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { openStore } from "../store.ts";
import { StatIndex } from "./stat-index.ts";

const megabyte = Buffer.alloc(1_000_000, "crisol ");

async function* inParts(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 77_777) yield bytes.subarray(at, at + 77_777);
}

function cut(path: string, bytes: number): void {
  chmodSync(path, 0o644);
  truncateSync(path, bytes);
}

test("bytes, text and streams are kept under their sha-256, read-only", async () => {
  const { blobs, ...store } = await temporaryStore();
  const sha256 = createHash("sha256").update(megabyte).digest("hex");
  expect(await blobs.put(megabyte)).toEqual({ bytes: 1_000_000, sha256 });
  expect(await blobs.put(inParts(megabyte))).toEqual({ bytes: 1_000_000, sha256 });
  expect(await blobs.put("crisol")).toEqual(await blobs.put(Buffer.from("crisol")));
  expect(await blobs.put("")).toMatchObject({ bytes: 0 });
  expect(await blobs.readAll((await blobs.put("crisol")).sha256)).toEqual(Buffer.from("crisol"));
  expect(statSync(await blobs.materialize((await blobs.put(megabyte)).sha256)).mode & 0o222).toBe(0);
  expect(readdirSync(join(store.location.directory, "tmp"))).toEqual([]);
});

test("a stream that fails leaves nothing behind", async () => {
  const { blobs, folder } = await temporaryStore();
  const failing = (async function* () {
    yield megabyte;
    throw new Error("the network is gone");
  })();
  await expect(blobs.put(failing)).rejects.toThrow("the network is gone");
  expect(await Array.fromAsync(blobs.list())).toEqual([]);
  expect(readdirSync(join(folder, "tmp"))).toEqual([]);
});

test("writing a blob whose half-written file was deleted meanwhile ends with an error", async () => {
  const { blobs, folder } = await temporaryStore();
  const writer = await blobs.create();
  await writer.write(Buffer.from("text"));
  for (const name of readdirSync(join(folder, "tmp"))) unlinkSync(join(folder, "tmp", name));
  await expect(writer.commit()).rejects.toThrow("ENOENT");
});

test.each([
  ["a flipped bit at the start", (path: string) => flipBit(path, 0), "altered"],
  ["a flipped bit at the end", (path: string) => flipBit(path, megabyte.length - 1), "altered"],
  ["a short file", (path: string) => cut(path, 999_999), "altered"],
  ["an empty file", (path: string) => cut(path, 0), "altered"],
  ["a missing file", (path: string) => unlinkSync(path), "missing"],
])("%s is found, and the last chunk is never returned", async (_, damage, finding) => {
  const store = await temporaryStore();
  const { blobs } = store;
  const { sha256 } = await blobs.put(megabyte);
  damage(blobFile(store, sha256));

  let received = 0;
  const reading = (async () => {
    for await (const chunk of blobs.read(sha256)) received += chunk.byteLength;
  })();
  await expect(reading).rejects.toMatchObject({
    parts: { code: "ARTIFACT_DAMAGED", damaged: { blob: sha256 }, where: expect.stringContaining(sha256) },
  });
  expect(received).toBeLessThan(megabyte.length);
  await expect(blobs.materialize(sha256)).rejects.toMatchObject({ parts: { code: "ARTIFACT_DAMAGED" } });
  expect(await blobs.check(sha256)).toMatchObject({ blob: sha256, finding });
});

test("putting the bytes of a damaged blob again sets the damaged file aside and repairs the blob", async () => {
  const store = await temporaryStore();
  const { sha256 } = await store.blobs.put(megabyte);
  flipBit(blobFile(store, sha256), 500);
  const damaged = readFileSync(blobFile(store, sha256));
  await store.blobs.put(megabyte);
  expect(await store.blobs.readAll(sha256)).toEqual(megabyte);
  const aside = readdirSync(join(store.location.directory, "damaged")).filter((name) => !name.endsWith(".json"));
  expect(aside).toHaveLength(1);
  expect(readFileSync(join(store.location.directory, "damaged", aside[0] ?? ""))).toEqual(damaged);
});

test("only a damaged blob can be set aside", async () => {
  const store = await temporaryStore();
  const { sha256 } = await store.blobs.put("sound");
  await store.setAside(sha256);
  expect(await store.blobs.check(sha256, { deep: true })).toBeUndefined();
  flipBit(blobFile(store, sha256));
  await store.setAside(sha256);
  expect(await store.blobs.check(sha256)).toEqual({ blob: sha256, finding: "missing" });
  await store.setAside(someDigest("0"));
});

test("a blob verified by one process costs the next only a stat, until it changes", async () => {
  const store = await temporaryStore();
  const { sha256 } = await store.blobs.put(megabyte);
  const path = blobFile(store, sha256);
  flipBit(path, 7);
  // claim that the file in its current state was verified: a process that believes it has not read the file
  new StatIndex(join(store.location.directory, "index/stats.log")).keep(sha256, fileVersion(statSync(path, { bigint: true })), sha256);
  const other = await openStore(store.location);
  expect(await other.blobs.check(sha256)).toBeUndefined();
  expect(await other.blobs.check(sha256, { deep: true })).toMatchObject({ finding: "altered" });
  flipBit(path, 8);
  expect(await other.blobs.check(sha256)).toMatchObject({ finding: "altered" });
});

test("processes that put the same blobs at once and are killed at any moment leave only whole blobs", async () => {
  const store = await temporaryStore();
  const program = join(import.meta.dirname, "../../test/fixtures/put-blobs.ts");
  for (let round = 0; round < 4; round += 1) {
    const children = Array.from({ length: 3 }, () =>
      spawn(process.execPath, [program, store.location.directory], { stdio: ["ignore", "pipe", "inherit"] }),
    );
    await Promise.all(children.map((child) => once(child.stdout, "data")));
    await sleep(40 + 60 * round);
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map((child) => once(child, "exit")));
  }
  const reader = await openStore(store.location);
  let blobs = 0;
  for await (const digest of reader.blobs.list()) {
    expect(await reader.blobs.check(digest, { deep: true })).toBeUndefined();
    expect(await reader.blobs.check(digest)).toBeUndefined();
    blobs += 1;
  }
  expect(blobs).toBeGreaterThan(8);
  const bytes = Buffer.alloc(64 * 1024, "blob 0 of round 0 ");
  expect(await reader.blobs.readAll((await reader.blobs.put(bytes)).sha256)).toEqual(bytes);
}, 60_000);
