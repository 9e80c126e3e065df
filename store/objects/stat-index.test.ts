import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { fileVersion } from "../../system/files/file-version.ts";
import { flipBit, someDigest, temporaryFolder } from "../../test/fixtures/temporary-store.ts";
import { StatIndex } from "./stat-index.ts";

function files(): { log: string; path: string; stat: () => ReturnType<typeof statOf> } {
  const folder = temporaryFolder();
  const path = join(folder, "data");
  writeFileSync(path, "data");
  return { log: join(folder, "index/stats.log"), path, stat: () => statOf(path) };
}

const statOf = (path: string) => fileVersion(statSync(path, { bigint: true }));

/** Record what is known of a file, and write it at once. */
function keep(index: StatIndex, path: string, stat: ReturnType<typeof statOf>, digest: string): void {
  index.keep(path, stat, someDigest(digest));
  index.flush();
}

test("what one process records, another finds, as long as the stat is the same", () => {
  const { log, path, stat } = files();
  const [one, other] = [new StatIndex(log), new StatIndex(log)];
  expect(other.find(path, stat())).toBeUndefined();
  keep(one, path, stat(), "a");
  expect(other.find(path, stat())).toBe(someDigest("a"));
  writeFileSync(path, "date");
  expect(other.find(path, stat())).toBeUndefined();
});

test("names with line feeds, quotes and other alphabets are not confused", () => {
  const { log, stat } = files();
  const names = ['a\nb "c"', "a", "ñandú 猫", '\\"'];
  const writer = new StatIndex(log);
  for (const [index, name] of names.entries()) keep(writer, name, stat(), String(index));
  const reader = new StatIndex(log);
  for (const [index, name] of names.entries()) expect(reader.find(name, stat())).toBe(someDigest(String(index)));
});

test("a line torn by a kill costs only itself", () => {
  const { log, path, stat } = files();
  keep(new StatIndex(log), "first", stat(), "a");
  keep(new StatIndex(log), "torn", stat(), "b");
  writeFileSync(log, readFileSync(log).subarray(0, -20));
  keep(new StatIndex(log), path, stat(), "c");
  const reader = new StatIndex(log);
  expect(reader.find("first", stat())).toBe(someDigest("a"));
  expect(reader.find("torn", stat())).toBeUndefined();
  expect(reader.find(path, stat())).toBe(someDigest("c"));
});

test("whichever bit is flipped, no wrong digest comes out", () => {
  const { log, path, stat } = files();
  keep(new StatIndex(log), path, stat(), "a");
  const whole = readFileSync(log);
  for (let at = 0; at < whole.length; at += 1) {
    writeFileSync(log, whole);
    flipBit(log, at);
    expect([undefined, someDigest("a")]).toContain(new StatIndex(log).find(path, stat()));
  }
});

test("garbage instead of an index is ignored", () => {
  const { log, path, stat } = files();
  keep(new StatIndex(log), path, stat(), "a");
  writeFileSync(log, Buffer.alloc(100_000, 0xff));
  const index = new StatIndex(log);
  expect(index.find(path, stat())).toBeUndefined();
  keep(index, path, stat(), "b");
  expect(new StatIndex(log).find(path, stat())).toBe(someDigest("b"));
});

test("a deleted store is not brought back by a late write", () => {
  const { log, path, stat } = files();
  const index = new StatIndex(join(dirname(log), "gone", "stats.log"));
  keep(index, path, stat(), "a");
  expect(existsSync(dirname(log))).toBe(false);
});

test("an index that has grown by replaced lines is rewritten, and other processes notice", () => {
  const { log, path, stat } = files();
  const reader = new StatIndex(log);
  keep(new StatIndex(log), path, stat(), "0");
  expect(reader.find(path, stat())).toBe(someDigest("0"));
  const line = readFileSync(log, "utf8");
  appendFileSync(log, line.repeat(5000));
  const before = statSync(log).size;
  expect(new StatIndex(log).find("other", stat())).toBeUndefined();
  expect(statSync(log).size).toBeLessThan(before / 100);
  keep(new StatIndex(log), "later", stat(), "1");
  expect(reader.find("later", stat())).toBe(someDigest("1"));
  expect(reader.find(path, stat())).toBe(someDigest("0"));
});

test("a folder in place of the log only costs hashing again", () => {
  const { log, path, stat } = files();
  mkdirSync(log, { recursive: true });
  const index = new StatIndex(log);
  expect(index.find(path, stat())).toBeUndefined();
  keep(index, path, stat(), "a");
  expect(index.find(path, stat())).toBe(someDigest("a"));
  expect(new StatIndex(log).find(path, stat())).toBeUndefined();
});
