/** A file of any frames, cut anywhere into chunks, is decompressed whole; truncated or altered, it never passes for whole. */
import { constants, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readRaw, Unreadable } from "../../activities/data/ingest/raw-file.ts";
import { digestOf } from "../../schemas/digest.ts";

const settings = { seed: Number(process.env.CRISOL_SEED ?? 20_261_124), numRuns: 100 };

/** A frame and what is in it: every kind of header, block and trailer that a compressor writes, and frames to skip. */
const frame = fc.oneof(
  fc
    .record({
      seed: fc.nat(),
      length: fc.constantFrom(0, 1, 7, 255, 256, 300, 66_000, 400_000),
      compressible: fc.boolean(),
      checksum: fc.boolean(),
      contentSize: fc.boolean(),
    })
    .map(({ seed, length, compressible, checksum, contentSize }) => {
      const data = Buffer.alloc(length, compressible ? "abcabcabd" : "");
      if (!compressible) for (let at = 0; at < length; at += 64) data.write(digestOf(`${seed} ${at}`), at, "latin1");
      const packed = zstdCompressSync(data, {
        params: { [constants.ZSTD_c_checksumFlag]: checksum ? 1 : 0, [constants.ZSTD_c_contentSizeFlag]: contentSize ? 1 : 0 },
      });
      return { data, packed };
    }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => {
    const header = Buffer.alloc(8);
    header.writeUInt32LE(0x184d2a50 + (bytes.length % 16), 0);
    header.writeUInt32LE(bytes.length, 4);
    return { data: Buffer.alloc(0), packed: Buffer.concat([header, bytes]) };
  }),
);
const frames = fc.array(frame, { minLength: 1, maxLength: 5 }).filter((list) => list.some(({ data }) => data.length > 0));
const cuts = fc.array(fc.nat(), { maxLength: 20 });

async function unpack(packed: Buffer, at: readonly number[]): Promise<Buffer> {
  async function* open(): AsyncGenerator<Uint8Array> {
    let from = 0;
    for (const place of [...at.map((cut) => cut % (packed.length + 1)).sort((a, b) => a - b), packed.length]) {
      yield packed.subarray(from, place);
      from = place;
    }
  }
  const file = { path: "a.jsonl.zst", bytes: packed.length, sha256: digestOf(packed), format: "jsonl", compression: "zstd" } as const;
  const chunks: Uint8Array[] = [];
  for await (const chunk of readRaw(file, open, { maxRatio: 1e6, maxFile: 1e9 })) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test("all frames are read, wherever the bytes are cut", async () => {
  await fc.assert(
    fc.asyncProperty(frames, cuts, async (list, at) => {
      const unpacked = await unpack(Buffer.concat(list.map(({ packed }) => packed)), at);
      expect(unpacked.equals(Buffer.concat(list.map(({ data }) => data)))).toBe(true);
    }),
    settings,
  );
});

test("a file truncated within a frame never passes for whole", async () => {
  await fc.assert(
    fc.asyncProperty(frames, fc.nat(), cuts, async (list, short, at) => {
      const packed = Buffer.concat(list.map((each) => each.packed));
      const length = short % packed.length;
      const ends = list.map((_, index) => list.slice(0, index).reduce((sum, each) => sum + each.packed.length, 0));
      if (ends.includes(length)) return;
      await expect(unpack(packed.subarray(0, length), at)).rejects.toBeInstanceOf(Unreadable);
    }),
    settings,
  );
});
