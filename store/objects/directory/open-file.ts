import { type BigIntStats, closeSync, fstatSync, openSync, readFileSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { unlessMissing } from "../../../system/files/file-errors.ts";
import { fileVersion } from "../../../system/files/file-version.ts";
import type { ByteRange, ObjectStat, OpenObject } from "../backend.ts";
import type { ByteSource } from "../blob-reader.ts";

/** Bytes per chunk. */
const chunkBytes = 1 << 18;

/** Open a file for reading, in whole or a range; undefined when there is none. */
export async function openFile(path: string, range: ByteRange): Promise<OpenObject | undefined> {
  const handle = await unlessMissing(open(path, "r"));
  if (handle === undefined) return undefined;
  try {
    const stat = statOf(await handle.stat({ bigint: true }));
    return { stat, chunks: () => chunksOf(handle, { from: range.from, to: range.to ?? stat.bytes }), close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** A whole small file, in one step. */
export function readSmallFile(path: string): { readonly stat: ObjectStat; readonly contents: Buffer } {
  const file = openSync(path, "r");
  try {
    return { stat: statOf(fstatSync(file, { bigint: true })), contents: readFileSync(file) };
  } finally {
    closeSync(file);
  }
}

/** A file of the user's own. */
export function fileSource(path: string): ByteSource {
  return {
    stat: async () => {
      const found: BigIntStats | undefined = statSync(path, { bigint: true, throwIfNoEntry: false });
      return found && statOf(found);
    },
    read: () => unlessMissing(Promise.try(() => readSmallFile(path))),
    open: () => openFile(path, { from: 0 }),
  };
}

/** What a file's stat says about the object in it. */
export function statOf(stat: BigIntStats): ObjectStat {
  return { bytes: Number(stat.size), modified: Number(stat.mtimeNs / 1000n) / 1000, version: fileVersion(stat) };
}

/** The chunks of a range of an open file, each in its own memory; the next one is read while one is used. */
async function* chunksOf(handle: FileHandle, { from, to }: Required<ByteRange>): AsyncGenerator<Uint8Array> {
  const readAt = (at: number) => {
    const size = Math.min(chunkBytes, to - at);
    const reading = size <= 0 ? undefined : handle.read(Buffer.allocUnsafe(size), 0, size, at);
    // one that is no longer wanted must not end the process
    reading?.catch(() => undefined);
    return reading;
  };
  let reading = readAt(from);
  for (let at = from; reading !== undefined; ) {
    const { bytesRead, buffer } = await reading;
    if (bytesRead === 0) return;
    at += bytesRead;
    reading = readAt(at);
    yield buffer.subarray(0, bytesRead);
  }
}
