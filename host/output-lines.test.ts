import fc from "fast-check";
import { expect, test } from "vitest";
import { outputLines } from "./output-lines.ts";

const well = async (): Promise<void> => undefined;

async function linesOf(chunks: readonly Uint8Array[], finished = well): Promise<string[]> {
  const lines: string[] = [];
  const stream = (async function* () {
    yield* chunks;
  })();
  for await (const line of outputLines(stream, "python a.py", finished)) lines.push(line);
  return lines;
}

test("lines are those between line feeds, however the bytes come", async () => {
  const line = fc.string({ unit: fc.constantFrom("a", "ü", "😀", "\r", "\u2028", "\u0085", "\ufeff") });
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1 }), fc.array(fc.nat(40)), fc.boolean(), async (lines, cuts, ends) => {
      // a last line without its end is one only if something is in it
      const expected = ends || lines.at(-1) !== "" ? lines : lines.slice(0, -1);
      const bytes = Buffer.from(lines.join("\n") + (ends ? "\n" : ""));
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      expect(await linesOf(chunks)).toEqual(expected);
    }),
  );
});

test("an unfinished last line is given only when its program ended well", async () => {
  const failed = () => Promise.reject(new Error("exited with 1"));
  await expect(linesOf([Buffer.from('{"a": 1}\n{"b"')], failed)).rejects.toThrow("exited with 1");
  expect(await linesOf([Buffer.from('{"a": 1}\n')], failed)).toEqual(['{"a": 1}']);
});

test("what is not UTF-8 is refused, with the number of its line", async () => {
  await expect(linesOf([Buffer.from("a\nb\n"), Buffer.from([0xc3, 0x28, 0x0a])])).rejects.toMatchObject({
    parts: { code: "STAGE_FAILED", what: "the command printed a line that is not UTF-8", where: "python a.py, line 3" },
  });
});
