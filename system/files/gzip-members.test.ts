import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { xoshiro128 } from "../random.ts";
import { GzipEndsEarly, gunzip, NotGzip } from "./gzip-members.ts";

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What came out, and the error that ended it. */
async function unpacked(bytes: Buffer, { piece = 64 * 1024, chunkSize = 16 * 1024 } = {}): Promise<{ text: string; error?: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of gunzip(inPieces(bytes, piece), chunkSize)) chunks.push(Buffer.from(chunk));
    return { text: Buffer.concat(chunks).toString("latin1") };
  } catch (error) {
    return { text: Buffer.concat(chunks).toString("latin1"), error };
  }
}

/** Half of it compresses well, half not at all. */
function contents(bytes: number): Buffer {
  const random = xoshiro128(bytes);
  return Buffer.from(Array.from({ length: bytes }, (_, at) => (at % 2000 < 1000 ? 65 : Math.floor(random.next() * 256))));
}

test.each([1, 2, 7, 4096, 1 << 20])("members are read whole, in pieces of %d bytes", async (piece) => {
  const parts = [contents(0), contents(1), contents(20_000), Buffer.alloc(100_000, "a"), contents(3)];
  const packed = Buffer.concat(parts.map((part) => gzipSync(part)));
  const { text, error } = await unpacked(packed, { piece });
  expect([error, text.length, text === Buffer.concat(parts).toString("latin1")]).toEqual([undefined, 120_004, true]);
});

test("a header may have an extra field, a name, a comment and a checksum", async () => {
  const body = gzipSync("año").subarray(10);
  const header = Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3]);
  const fields = [Buffer.from([3, 0, 1, 2, 3]), Buffer.from("name\0"), Buffer.from("a comment\0"), Buffer.from([9, 9])];
  expect((await unpacked(Buffer.concat([header, ...fields, body]), { piece: 1 })).text).toBe("a\xc3\xb1o");
});

test("what comes before bytes that are no archive is kept, and zeros at the end are no damage", async () => {
  const packed = gzipSync(contents(50_000));
  const { text, error } = await unpacked(Buffer.concat([packed, Buffer.from("garbage")]));
  expect([text.length, error]).toEqual([50_000, new NotGzip("bytes that are no gzip archive follow one")]);
  const filled = await unpacked(Buffer.concat([packed, Buffer.alloc(1000)]));
  expect([filled.error, filled.text === text]).toEqual([undefined, true]);
  expect(await unpacked(Buffer.from("hello"))).toMatchObject({ text: "", error: expect.any(NotGzip) });
});

test("wherever the bytes end, what was decompressed is kept, and the end is reported", async () => {
  const packed = gzipSync(contents(3000));
  for (let length = 1; length < packed.length; length += 1) {
    const { text, error } = await unpacked(packed.subarray(0, length), { piece: 100, chunkSize: 64 });
    expect(error).toBeInstanceOf(GzipEndsEarly);
    expect(contents(3000).toString("latin1").startsWith(text)).toBe(true);
    if (length > packed.length - 8) expect(text).toHaveLength(3000);
  }
});

test("a flipped bit is noticed wherever it is", async () => {
  const packed = gzipSync(contents(300));
  // what is not checked: time, extra flags, operating system
  for (let at = 0; at < packed.length; at += 1) {
    if (at >= 4 && at < 10) continue;
    const flipped = Buffer.from(packed);
    flipped.writeUInt8(flipped.readUInt8(at) ^ 4, at);
    expect((await unpacked(flipped)).error, `byte ${at}`).toBeDefined();
  }
});

test("a reader may stop in the middle", async () => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of gunzip(inPieces(gzipSync(contents(100_000)), 1000), 4096)) {
    chunks.push(chunk);
    if (chunks.length === 3) break;
  }
  expect(chunks).toHaveLength(3);
});

test("a source that fails is reported as it is", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield gzipSync(contents(10_000)).subarray(0, 500);
    throw new Error("the disk");
  }
  await expect(Array.fromAsync(gunzip(failing(), 4096))).rejects.toThrow("the disk");
});
