/** Reads raw files into documents, in the order of their sorted paths, dropping what cannot be used: a group of neighbouring files at a time. */
import { isUtf8 } from "node:buffer";
import type { Reduce, Run } from "../../../dsl/index.ts";
import type { Document } from "../../../schemas/document.ts";
import type { Json, JsonObject } from "../../../schemas/json.ts";
import { sourcesFile } from "../../../schemas/seal.ts";
import { mergeReports } from "../../../stage-code/merge-reports.ts";
import type { RecordCheck } from "../../../stage-code/record-schema/record-check.ts";
import { Tally } from "../../../stage-code/tally.ts";
import { refuseBadData } from "./bad-data.ts";
import { type RawFile, recognise } from "./formats.ts";
import { firstInvalidByte } from "./invalid-utf8.ts";
import { JsonElements } from "./json-elements.ts";
import { Lines } from "./lines.ts";
import { readRaw, Unreadable } from "./raw-file.ts";
import { readAhead } from "./read-ahead.ts";
import { documentOf, type Mapping, type Refusal, textDocument } from "./record.ts";
import { type Piece, type Splitter, WholeFile } from "./splitter.ts";
import type { ingest } from "./stage.ts";

/** Marks of byte order at the starts of lines. */
const marksOfLines = /^\ufeff/gm;

export const run: Run<typeof ingest> = async (context, params) => {
  const { from } = context.inputs;
  const files = recognise(from.manifest.files, params.format);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const writer = context.outputs.documents.documents();
  const tally = new Tally();
  const conversion = { ...params, check: params.schema === undefined ? undefined : await checkOf(params.schema) };
  let done = 0;
  for await (const { file, open } of readAhead(files, ({ path }) => counted(from.bytes(path)))) {
    const chunks = readRaw(file, open, params);
    const splitter = splitterOf(file, params.maxLine);
    try {
      for await (const chunk of chunks) {
        context.signal.throwIfAborted();
        for (const piece of splitter.push(chunk)) await take(file, piece);
      }
      for (const piece of splitter.end()) await take(file, piece);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      tally.in += 1;
      tally.drop(error.reason, `${file.path} (after byte ${error.offset})`, error.message);
      tally.warn(`${file.path}: ${error.message}; what came before was kept`);
    }
  }
  await writer.close();
  return tally.report();

  async function* counted(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of raw) {
      done += chunk.length;
      context.progress({ done: Math.min(done, total), total, unit: "bytes" });
      yield chunk;
    }
  }

  async function take(file: RawFile, piece: Piece): Promise<void> {
    tally.in += 1;
    if (piece.broken !== undefined) tally.warn(`${placeOf(file, piece)}: ${piece.broken}; what follows there is lost`);
    const made = convert(file, piece, conversion);
    if ("reason" in made) {
      tally.drop(made.reason, placeOf(file, piece), made.what);
      return;
    }
    await writer.write(made);
    tally.out += 1;
  }
};

export const reduce: Reduce<typeof ingest> = async (context, parts, params) => {
  const { files } = context.inputs.from.manifest;
  const report = mergeReports(parts.map((part) => part.report));
  refuseBadData(report, params.maxBad);
  await context.outputs.documents.write(sourcesFile, JSON.stringify(files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 }))));
  return { ...report, metrics: { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) } };
};

function splitterOf(file: RawFile, limit: number): Splitter {
  switch (file.format) {
    case "jsonl":
      return new Lines(limit);
    case "json":
      return new JsonElements(limit);
    case "text":
      return new WholeFile(limit);
  }
}

/** The check of a schema; its code is loaded for this alone. */
async function checkOf(schema: JsonObject): Promise<RecordCheck> {
  const { recordCheck } = await import("../../../stage-code/record-schema/record-check.ts");
  return recordCheck(schema);
}

interface Conversion extends Mapping {
  readonly maxLine: number;
  readonly check: RecordCheck | undefined;
}

function convert(file: RawFile, piece: Piece, mapping: Conversion): Document | Refusal {
  const { bytes, index, broken } = piece;
  if (bytes === undefined) return { reason: "too_long", what: `${piece.length} bytes where ${mapping.maxLine} are allowed` };
  if (broken !== undefined) return { reason: "broken_json", what: broken };
  if (!isUtf8(bytes))
    return { reason: "invalid_utf8", what: `at byte ${piece.offset + firstInvalidByte(bytes)}: ${bytes.toString("latin1", 0, 100)}` };
  const source = `${file.path}#${index}`;
  const decoded = bytes.toString("utf8");
  // files that were joined, and members of a gzip file, each begin with their own
  const text = file.format === "text" ? decoded.replace(marksOfLines, "") : decoded.replace(/^\ufeff/, "");
  if (file.format === "text") {
    const whole = text.replaceAll("\r\n", "\n");
    const wrong = mapping.check?.({ text: whole });
    return wrong === undefined ? textDocument(whole, source, {}) : { reason: "schema", what: wrong };
  }
  let record: Json;
  try {
    record = JSON.parse(text);
  } catch (error) {
    return { reason: "broken_json", what: `${error instanceof Error ? error.message : error}` };
  }
  const wrong = mapping.check?.(record);
  return wrong === undefined ? documentOf(record, mapping, source) : { reason: "schema", what: wrong };
}

function placeOf(file: RawFile, piece: Piece): string {
  const place = file.format === "jsonl" ? `:${piece.index + 1}` : file.format === "json" ? `#${piece.index}` : "";
  return `${file.path}${place} (byte ${piece.offset})`;
}
