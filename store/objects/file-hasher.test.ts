import { createHash, randomBytes } from "node:crypto";
import { statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { fileVersion } from "../../system/files/file-version.ts";
import { someDigest, temporaryFolder } from "../../test/fixtures/temporary-store.ts";
import { FileHasher } from "./file-hasher.ts";
import { StatIndex } from "./stat-index.ts";

test.each([0, 1, 4095, 4096, 4097, (1 << 20) - 1, 1 << 20, 3_000_000])("a file of %i bytes has its sha-256", async (bytes) => {
  const folder = temporaryFolder();
  const contents = randomBytes(bytes);
  writeFileSync(join(folder, "file"), contents);
  const hasher = new FileHasher(new StatIndex(join(folder, "index")));
  const sha256 = createHash("sha256").update(contents).digest("hex");
  expect(await hasher.hashFile(join(folder, "file"))).toEqual({ bytes, sha256 });
});

test("a file hashed before is not read again, unless it changed or `deep` asks for it", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "file");
  writeFileSync(path, "one");
  const index = new StatIndex(join(folder, "index"));
  const hasher = new FileHasher(index);
  index.keep(path, fileVersion(statSync(path, { bigint: true })), someDigest("a"));
  expect((await hasher.hashFile(path)).sha256).toBe(someDigest("a"));
  expect((await hasher.hashFile(path, { deep: true })).sha256).toBe(createHash("sha256").update("one").digest("hex"));
  writeFileSync(path, "two");
  expect((await hasher.hashFile(path)).sha256).toBe(createHash("sha256").update("two").digest("hex"));
});

test("a change within the clock's tick, with the same size and time, is noticed", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "file");
  const hasher = new FileHasher(new StatIndex(join(folder, "index")));
  for (const text of ["one", "two", "six", "ten"]) {
    writeFileSync(path, text);
    expect((await hasher.hashFile(path)).sha256).toBe(createHash("sha256").update(text).digest("hex"));
  }
});

test("setting a file's time back does not hide that it changed", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "file");
  writeFileSync(path, "one");
  await sleep(80);
  const hasher = new FileHasher(new StatIndex(join(folder, "index")));
  await hasher.hashFile(path);
  const { atime, mtime } = statSync(path);
  writeFileSync(path, "two");
  utimesSync(path, atime, mtime);
  expect((await hasher.hashFile(path)).sha256).toBe(createHash("sha256").update("two").digest("hex"));
});

test("a missing file is the system's own error", async () => {
  const folder = temporaryFolder();
  await expect(new FileHasher(new StatIndex(join(folder, "index"))).hashFile(join(folder, "none"))).rejects.toMatchObject({
    code: "ENOENT",
  });
});
