import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import type { DocumentWriter } from "../../dsl/context.ts";
import type { FileEntry } from "../../schemas/artifact.ts";
import type { Document } from "../../schemas/document.ts";
import { CrisolError } from "../../schemas/error.ts";
import { NotZstd, wholeFrames } from "../../system/files/zstd-frames.ts";
import type { Blobs, BlobWriter } from "../objects/blobs.ts";
import { documentLine, parseDocument } from "./document-line.ts";
import { ShardCut, type ShardSizes } from "./shard-cut.ts";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** The longest frame that is decompressed, in bytes: far longer than any that is written, far shorter than what would exhaust memory. */
const longestFrameBytes = 512 << 20;

/** What was written, once it is closed. */
export interface WrittenShards {
  readonly files: readonly FileEntry[];
  readonly documents: number;
  readonly textBytes: number;
}

/** Writes documents in order into shards, holding at most two frames of them in memory. */
export class ShardWriter implements DocumentWriter {
  readonly #blobs: Blobs;
  readonly #sizes: ShardSizes;
  readonly #cut: ShardCut;
  readonly #closed: (written: WrittenShards) => void;
  readonly #files: FileEntry[] = [];
  #lines: string[] = [];
  #frameBytes = 0;
  #documents = 0;
  #textBytes = 0;
  #shard: BlobWriter | undefined;
  #isClosed = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(blobs: Blobs, sizes: ShardSizes, closed: (written: WrittenShards) => void) {
    this.#blobs = blobs;
    this.#sizes = sizes;
    this.#cut = new ShardCut(sizes);
    this.#closed = closed;
  }

  async write(document: Document): Promise<void> {
    if (this.#isClosed) throw new TypeError("the writer of these documents is closed");
    this.#lines.push(documentLine(document));
    const bytes = Buffer.byteLength(document.text);
    this.#documents += 1;
    this.#textBytes += bytes;
    this.#frameBytes += bytes;
    const ends = this.#cut.endsWith(document.id, bytes);
    if (ends || this.#frameBytes >= this.#sizes.frame) await this.#endFrame(ends);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#endFrame(true);
    await this.#writing;
    this.#closed({ files: this.#files, documents: this.#documents, textBytes: this.#textBytes });
  }

  /** Discard what is half-written. */
  async abandon(): Promise<void> {
    this.#isClosed = true;
    await this.#writing.catch(() => undefined);
    await this.#shard?.discard();
  }

  /** Pass the frame on to be compressed and written after the previous one. */
  #endFrame(endsShard: boolean): Promise<void> {
    const [before, lines] = [this.#writing, this.#lines];
    [this.#lines, this.#frameBytes] = [[], 0];
    const packed = lines.length === 0 ? undefined : compress(lines.join(""), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    this.#writing = before.then(async () => {
      if (packed !== undefined) {
        this.#shard ??= await this.#blobs.create();
        await this.#shard.write(await packed);
      }
      if (endsShard) await this.#endShard();
    });
    // the next write or close throws it
    this.#writing.catch(() => undefined);
    return before;
  }

  async #endShard(): Promise<void> {
    if (this.#shard === undefined) return;
    const path = `documents/${String(this.#files.length).padStart(5, "0")}.jsonl.zst`;
    this.#files.push({ path, ...(await this.#shard.commit()) });
    this.#shard = undefined;
  }
}

/** Whether a file of an artifact is a shard of documents. */
export function isShard(path: string): boolean {
  return path.startsWith("documents/") && path.endsWith(".jsonl.zst");
}

/**
 * The documents of a shard, in order of line.
 *
 * @param bytes the shard's bytes, verified as they are read
 * @param where what the shard is called, for people
 * @param reading called with each document as it is yielded, and with undefined after the last
 * @throws CrisolError BAD_DATA when it is not a shard; whatever `bytes` throws.
 */
export async function* readShard(
  bytes: AsyncIterable<Uint8Array>,
  where: string,
  reading: (document?: Document) => void = () => undefined,
): AsyncGenerator<Document> {
  let number = 0;
  for await (const frame of unpacked(bytes, where)) {
    const lines = frame.toString("utf8").split("\n");
    if (lines.pop() !== "") throw badShard(where, "a frame ends within a line");
    for (const line of lines) {
      number += 1;
      const document = parseDocument(line, `${where}, line ${number}`);
      reading(document);
      yield document;
    }
  }
  reading();
}

/** Frames decompressed in order, the next one while the current one is read. */
async function* unpacked(bytes: AsyncIterable<Uint8Array>, where: string): AsyncGenerator<Buffer> {
  let ahead: Promise<Buffer> | undefined;
  try {
    for await (const frame of wholeFrames(bytes)) {
      const ready = ahead;
      ahead = decompress(frame, { maxOutputLength: longestFrameBytes });
      ahead.catch(() => undefined);
      if (ready !== undefined) yield await ready;
    }
    if (ahead !== undefined) yield await ahead;
  } catch (error) {
    if (error instanceof NotZstd || error instanceof RangeError || isZstdError(error)) throw badShard(where, error.message);
    throw error;
  }
}

function isZstdError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ZSTD_");
}

function badShard(where: string, problem: string): CrisolError {
  return new CrisolError({
    code: "BAD_DATA",
    what: `a shard cannot be unpacked: ${problem}`,
    where,
    why: "documents are JSON Lines in zstd frames of at most 512 MiB that end at line ends",
    fix: "fix the stage that wrote it: let it use context.outputs.<name>.documents()",
  });
}
