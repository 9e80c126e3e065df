import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Document } from "../../../schemas/document.ts";

/** The contents of a spooled file; `textBytes` in UTF-8. */
export interface Spooled {
  readonly documents: number;
  readonly textBytes: number;
}

/** Write the texts of documents to a file for the trainer package: one JSON string per line. */
export async function spoolTexts(documents: AsyncIterable<Document>, file: string, signal: AbortSignal): Promise<Spooled> {
  let count = 0;
  let textBytes = 0;
  async function* lines(): AsyncIterable<string> {
    for await (const { text } of documents) {
      count += 1;
      textBytes += Buffer.byteLength(text);
      yield `${JSON.stringify(text)}\n`;
    }
  }
  await pipeline(Readable.from(lines(), { objectMode: true, highWaterMark: 16 }), createWriteStream(file), { signal });
  return { documents: count, textBytes };
}
