import type { RawFile } from "./formats.ts";

/** How many files are read ahead, and their maximum size in bytes: at most 4 MiB are held. */
const files = 16;
const small = 256 * 1024;

/** A raw file, and a way to get its bytes. */
export interface OpenFile {
  readonly file: RawFile;
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** The files in order; small ones are read while earlier ones are processed, because the disk's latency, not its throughput, takes the time. */
export async function* readAhead(raw: readonly RawFile[], open: (file: RawFile) => AsyncIterable<Uint8Array>): AsyncGenerator<OpenFile> {
  const reading = new Map<RawFile, Promise<Uint8Array | undefined>>();
  for (const [index, file] of raw.entries()) {
    for (const next of raw.slice(index, index + files)) {
      if (next.bytes > small || reading.has(next)) continue;
      const bytes = wholeOf(open(next));
      bytes.catch(() => undefined); // reported when its turn comes
      reading.set(next, bytes);
    }
    const early = reading.get(file);
    reading.delete(file);
    yield { file, open: () => (early === undefined ? open(file) : only(early, () => open(file))) };
  }
}

/** All bytes; undefined when they are more than the file's entry says, which is reported when they are read in chunks. */
async function wholeOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > small) return undefined;
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

async function* only(early: Promise<Uint8Array | undefined>, open: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const whole = await early;
  if (whole === undefined) yield* open();
  else if (whole.length > 0) yield whole;
}
