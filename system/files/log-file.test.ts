import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LogFile, lastLines } from "./log-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "crisol-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const MIB = 1024 * 1024;

test("keeps the last lines, and no more than three old files", () => {
  const log = new LogFile(join(folder, "a.log"));
  for (let n = 1; n <= 60; n += 1) log.write(`${String(n).padEnd(MIB - 1, ".")}\n`);
  log.note("the end");
  expect(readdirSync(folder).sort()).toEqual(["a.log", "a.log.1", "a.log.2", "a.log.3"]);
  const total = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(total).toBeLessThan(40 * MIB);
  expect(readFileSync(join(folder, "a.log.1"), "utf8")).toMatch(/^46\./);
  expect(lastLines(log.path, 1)).toMatch(/^\d{4}-\d\d-\d\dT.* the end$/);
});

test("continues where an earlier process left off", () => {
  new LogFile(join(folder, "a.log")).write("one\n");
  new LogFile(join(folder, "a.log")).write("two\n");
  expect(lastLines(join(folder, "a.log"), 5)).toBe("one\ntwo");
  expect(lastLines(join(folder, "none.log"), 5)).toBe("");
});

test("a log that can't be written loses lines, and nothing else", () => {
  const log = new LogFile(join(folder, "no-such-folder", "a.log"));
  expect(() => log.write("lost\n")).not.toThrow();
});
