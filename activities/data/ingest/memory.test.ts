import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGzip } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { digestOf } from "../../../schemas/digest.ts";

const program = new URL("../../../test/fixtures/ingest-memory.ts", import.meta.url).pathname;
const records = 60_000;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "crisol-memory-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** About 5 KB per record, 300 MB in all, of text that does not compress like a bomb. */
function* elements(open: string, between: string, close: string): Generator<string> {
  yield open;
  for (let record = 0; record < records; record += 1) {
    const words = Array.from({ length: 6 }, (_, word) => digestOf(`${record} ${word}`).replaceAll(/\d/g, " "));
    yield `${record === 0 ? "" : between}${JSON.stringify({ text: words.join(" ").repeat(13), record })}`;
  }
  yield close;
}

test.each([
  ["an array", "a.json.gz", ["[", ",\n", "]"]],
  ["lines", "a.jsonl.gz", ["", "\n", "\n"]],
] as const)("300 MB of %s are read in less than 512 MB of memory", { timeout: 300_000 }, async (_, name, [open, between, close]) => {
  const path = join(folder, name);
  await pipeline(Readable.from(elements(open, between, close)), createGzip({ level: 1 }), createWriteStream(path));
  const { stdout } = await promisify(execFile)(process.execPath, ["--max-old-space-size=1024", program, path]);
  const { out, peakMiB } = JSON.parse(stdout);
  expect(out).toBe(records);
  expect(peakMiB).toBeLessThan(512);
});
