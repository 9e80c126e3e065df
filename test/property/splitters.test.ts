import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonElements } from "../../activities/data/ingest/json-elements.ts";
import { Lines } from "../../activities/data/ingest/lines.ts";
import type { Piece, Splitter } from "../../activities/data/ingest/splitter.ts";

const settings = { seed: Number(process.env.CRISOL_SEED ?? 20_261_124), numRuns: 300 };

/** Run a splitter over bytes that are cut at given places. */
function split(splitter: Splitter, text: string, cuts: readonly number[]): Piece[] {
  const bytes = Buffer.from(text);
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const pieces: Piece[] = [];
  let from = 0;
  for (const place of [...places, bytes.length]) {
    pieces.push(...splitter.push(bytes.subarray(from, place)));
    from = place;
  }
  return [...pieces, ...splitter.end()];
}

const cuts = fc.array(fc.nat(), { maxLength: 12 });
const space = fc.constantFrom("", " ", "\n", "\r\n\t");

describe("a JSON array", () => {
  test("is cut where its elements end, wherever its bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 4 }), { maxLength: 8 }),
        fc.array(space, { minLength: 20, maxLength: 20 }),
        cuts,
        (values, spaces, at) => {
          const elements = values.map((value, index) => `${spaces[index]}${JSON.stringify(value)}${spaces[index + 8]}`);
          const text = `${spaces[16]}[${elements.join(",")}${values.length === 0 ? spaces[17] : ""}]${spaces[18]}`;
          const pieces = split(new JsonElements(1_000_000), text, at);
          expect(pieces.map((piece) => JSON.parse(piece.bytes?.toString() ?? ""))).toEqual(JSON.parse(text));
          for (const piece of pieces) {
            expect(Buffer.from(text).subarray(piece.offset, piece.offset + piece.length)).toEqual(piece.bytes);
            expect(piece.broken).toBeUndefined();
          }
        },
      ),
      settings,
    );
  });

  test("gives the same pieces however broken bytes are cut", () => {
    const token = fc.constantFrom("[", "]", "{", "}", ",", '"', "\\", ":", "1", "a", " ", "\n", "é");
    fc.assert(
      fc.property(fc.array(token, { maxLength: 60 }), cuts, fc.integer({ min: 1, max: 30 }), (tokens, at, limit) => {
        const text = `[${tokens.join("")}`;
        expect(split(new JsonElements(limit), text, at)).toEqual(split(new JsonElements(limit), text, []));
      }),
      settings,
    );
  });
});

test("lines are cut at line feeds, wherever their bytes are cut, and none longer than the limit is held", () => {
  const token = fc.constantFrom("\n", "\r", " ", "word", "é", "a long stretch of text");
  fc.assert(
    fc.property(fc.array(token, { maxLength: 60 }), cuts, fc.integer({ min: 1, max: 60 }), (tokens, at, limit) => {
      const text = tokens.join("");
      const expected = text
        .split("\n")
        .flatMap((line, index) => (/^[ \r\t]*$/.test(line) && line.length <= limit ? [] : [{ index, line }]));
      const pieces = split(new Lines(limit), text, at);
      expect(pieces.map(({ index, bytes }) => ({ index, line: bytes?.toString() }))).toEqual(
        expected.map(({ index, line }) => ({ index, line: Buffer.byteLength(line) > limit ? undefined : line })),
      );
      for (const { offset, length, bytes } of pieces) if (bytes) expect(Buffer.from(text).subarray(offset, offset + length)).toEqual(bytes);
    }),
    settings,
  );
});
