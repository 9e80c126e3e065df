import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { outputLines, readLines } from "./output-lines.ts";

const well = async (): Promise<void> => undefined;

async function linesOf(chunks: readonly Uint8Array[], finished = well): Promise<string[]> {
  const lines: string[] = [];
  const stream = (async function* () {
    yield* chunks;
  })();
  for await (const line of outputLines(stream, "python a.py", finished)) lines.push(line);
  return lines;
}

test("lines are split at line feeds, however the bytes arrive", async () => {
  const line = fc.string({ unit: fc.constantFrom("a", "ü", "😀", "\r", "\u2028", "\u0085", "\ufeff") });
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1 }), fc.array(fc.nat(40)), fc.boolean(), async (lines, cuts, ends) => {
      // an unfinished last line counts only if it is not empty
      const expected = ends || lines.at(-1) !== "" ? lines : lines.slice(0, -1);
      const bytes = Buffer.from(lines.join("\n") + (ends ? "\n" : ""));
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(await linesOf(chunks)).toEqual(expected);
    }),
  );
});

test("an unfinished last line is returned only if its program succeeded", async () => {
  const failed = () => Promise.reject(new Error("exited with 1"));
  await expect(linesOf([Buffer.from('{"a": 1}\n{"b"')], failed)).rejects.toThrow("exited with 1");
  expect(await linesOf([Buffer.from('{"a": 1}\n')], failed)).toEqual(['{"a": 1}']);
});

test("what is not UTF-8 is refused, with the number of its line", async () => {
  await expect(linesOf([Buffer.from("a\nb\n"), Buffer.from([0xc3, 0x28, 0x0a])])).rejects.toMatchObject({
    parts: { code: "STAGE_FAILED", what: "the command printed a line that is not UTF-8", where: "python a.py, line 3" },
  });
});

/** The lines read from chunks that a program prints. */
async function read(chunks: readonly (string | Uint8Array)[], hide?: (text: string) => string): Promise<string[]> {
  const lines: string[] = [];
  await readLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), (line) => lines.push(line), hide);
  return lines;
}

test("printed lines are read however their bytes arrive: á, ñ and 😀 split, line ends of two characters, an unfinished last line", async () => {
  const expected = ["á ñ", "", "😀", " 10 %", " 20 %", "the last"];
  const bytes = Buffer.from("á ñ\n\r\n😀\r\n 10 %\r 20 %\r\nthe last");
  for (let cut = 0; cut <= bytes.length; cut += 1) expect(await read([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(expected);
  expect(await read(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(expected);
  expect(await read([])).toEqual([]);
  expect(await read(["ended\n"])).toEqual(["ended"]);
});

test("256 MiB of output without a line feed is one line of bounded length, read in little memory, and the next line is whole", async () => {
  const chunk = Buffer.alloc(64 << 10, "ñ");
  const total = (4096 * chunk.length) / 2;
  const lines: string[] = [];
  let most = 0;
  const before = process.memoryUsage().heapUsed;
  const chunks = function* () {
    for (let count = 0; count < 4096; count += 1) {
      if (count % 64 === 0) most = Math.max(most, process.memoryUsage().heapUsed - before);
      yield chunk;
    }
    yield Buffer.from("\nnext\n");
  };
  await readLines(Readable.from(chunks()), (line) => lines.push(line));
  expect(lines).toEqual([`${"ñ".repeat(64_000)} ... (${total - 64_000} characters more)`, "next"]);
  expect(most).toBeLessThan(64 << 20);
});

test("an unfinished last line is cut like others", async () => {
  expect(await read([`${"a".repeat(64_000)}`])).toEqual(["a".repeat(64_000)]);
  expect(await read(["a".repeat(1_000_000)])).toEqual([`${"a".repeat(64_000)} ... (936000 characters more)`]);
});

test("a secret that extends across the cut of a line is hidden whole", async () => {
  const [line = ""] = await read([`${"a".repeat(63_998)}s3cr3t-value and more`], (text) => text.replaceAll("s3cr3t-value", "<secret KEY>"));
  expect(line).toBe(`${"a".repeat(63_998)}<s ... (19 characters more)`);
});

test("what was read from a destroyed stream is delivered before other listeners hear of its end", async () => {
  const stream = new Readable({ read: () => undefined });
  const heard: string[] = [];
  stream.once("close", () => heard.push("closed"));
  const done = readLines(stream, (line) => heard.push(line));
  stream.push("its last words");
  setImmediate(() => stream.destroy());
  await done;
  expect(heard).toEqual(["its last words", "closed"]);
});
