/**
 * The contents of the members of a gzip stream, one after the other.
 *
 * `node:zlib` decompresses all members in one go: where bytes follow that are none, what it had decompressed of those before is lost. So each member is
 * decompressed alone.
 *
 * @see RFC 1952
 */
import { once } from "node:events";
import { crc32, createInflateRaw, type InflateRaw } from "node:zlib";
import { ByteReader } from "./byte-reader.ts";

const magic = 0x8b1f;
const deflate = 8;
/** Flags of a header. */
const [headerChecksum, extraField, fileName, comment] = [2, 4, 8, 16];

/** The bytes are not gzip, or not what was compressed. */
export class NotGzip extends Error {
  override readonly name = "NotGzip";
}

/** The bytes end within a member. */
export class GzipEndsEarly extends Error {
  override readonly name = "GzipEndsEarly";
}

/**
 * The decompressed bytes of all members, in chunks; each member's checksum is compared once its last chunk was yielded.
 *
 * @throws NotGzip behind the last chunk of the last member that is sound; GzipEndsEarly behind what there is of the last one.
 */
export async function* gunzip(source: AsyncIterable<Uint8Array>, chunkSize: number): AsyncGenerator<Uint8Array> {
  const input = new ByteReader(source);
  try {
    for (let members = 0; await input.fill(1); members += 1) {
      // archives on tape are filled up with zeros
      if (members > 0 && input.peek(1)[0] === 0 && (await isZeroToTheEnd(input))) return;
      await readHeader(input, members);
      let [checksum, length] = [0, 0];
      for await (const chunk of inflated(input, chunkSize)) {
        checksum = crc32(chunk, checksum);
        length += chunk.length;
        yield chunk;
      }
      await need(input, 8);
      const trailer = input.peek(8);
      if (trailer.readUInt32LE(0) !== checksum || trailer.readUInt32LE(4) !== length % 2 ** 32)
        throw new NotGzip("the checksum of what was decompressed is another than the archive's");
      input.skip(8);
    }
  } finally {
    await input.close();
  }
}

async function readHeader(input: ByteReader, members: number): Promise<void> {
  if ((await input.fill(2)) && input.peek(2).readUInt16LE(0) !== magic) {
    throw new NotGzip(members === 0 ? "bytes that do not start a gzip archive" : "bytes that are no gzip archive follow one");
  }
  await need(input, 10);
  const [, , method = 0, flags = 0] = input.peek(10);
  if (method !== deflate || flags > 31) throw new NotGzip("a gzip archive of an unknown method");
  input.skip(10);
  if ((flags & extraField) !== 0) {
    await need(input, 2);
    const length = 2 + input.peek(2).readUInt16LE(0);
    await need(input, length);
    input.skip(length);
  }
  for (const text of [fileName, comment]) if ((flags & text) !== 0) await skipText(input);
  if ((flags & headerChecksum) === 0) return;
  await need(input, 2);
  input.skip(2);
}

async function skipText(input: ByteReader): Promise<void> {
  for (;;) {
    await need(input, 1);
    const isLast = input.peek(1)[0] === 0;
    input.skip(1);
    if (isLast) return;
  }
}

async function need(input: ByteReader, length: number): Promise<void> {
  if (!(await input.fill(length))) throw new GzipEndsEarly("the compressed data ends too early");
}

async function isZeroToTheEnd(input: ByteReader): Promise<boolean> {
  for (let bytes = await input.available(); bytes.length > 0; bytes = await input.available()) {
    if (bytes.some((byte) => byte !== 0)) return false;
    input.skip(bytes.length);
  }
  return true;
}

/** What one member's data decompress to; the input is then right behind them. */
async function* inflated(input: ByteReader, chunkSize: number): AsyncGenerator<Uint8Array> {
  const decompressor = createInflateRaw({ chunkSize });
  const feeding = feed(input, decompressor);
  // it comes out of the decompressor
  feeding.catch((error) => decompressor.destroy(error));
  try {
    yield* decompressor as AsyncIterable<Uint8Array>;
    await feeding;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "Z_BUF_ERROR")
      throw new GzipEndsEarly("the compressed data ends too early");
    throw error instanceof Error && "code" in error && `${error.code}`.startsWith("Z_") ? new NotGzip(error.message) : error;
  } finally {
    decompressor.destroy();
  }
}

/** Give the decompressor bytes until it has had enough; it does not say that it has before it is given more. */
async function feed(input: ByteReader, decompressor: InflateRaw): Promise<void> {
  const ended = once(decompressor, "end").then(() => true);
  ended.catch(() => undefined);
  for (;;) {
    const bytes = await input.available();
    if (bytes.length === 0) {
      decompressor.end();
      await ended;
      return;
    }
    const before = decompressor.bytesWritten;
    const written = new Promise<boolean>((resolve, reject) => {
      decompressor.write(bytes, (error) => (error ? reject(error) : resolve(false)));
    });
    const hasEnded = await Promise.race([written, ended]);
    const taken = decompressor.bytesWritten - before;
    input.skip(taken);
    if (hasEnded || taken < bytes.length) {
      await ended;
      return;
    }
  }
}
