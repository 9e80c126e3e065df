import { z } from "zod";
import { defineStage, output, port, SchemaFile } from "../../../dsl/index.ts";

const MiB = 1024 * 1024;

/** Read raw files into documents: `.jsonl`, `.ndjson`, `.json`, `.txt` and `.md`, each also `.gz` or `.zst`. */
export const ingest = defineStage(import.meta, {
  name: "ingest",
  summary: "read raw files into documents",
  positional: false,
  inputs: { from: port("files") },
  outputs: { documents: output("documents", {}) },
  params: z.strictObject({
    /** The field that holds the text, as a path ("body.text"). Files of plain text need none. @default "text" */
    text: z.string().min(1).default("text"),
    /** Fields to keep in `meta`, as paths. @default [] */
    meta: z.array(z.string().min(1)).default([]),
    /** A field to keep as `meta.id`: the record's own name in its source. */
    id: z.string().min(1).optional(),
    /**
     * A JSON Schema file (draft 2020-12) that every record must satisfy, as it is in its file; a text file is the record `{ "text": ... }`. What does
     * not satisfy it is dropped.
     */
    schema: z.exactOptional(SchemaFile),
    /** Read every file in this format, whatever its ending. */
    format: z.enum(["jsonl", "json", "text"]).optional(),
    /** The longest record (a line, an element of an array, a text file), in bytes. @default 16 MiB */
    maxLine: z
      .int()
      .positive()
      .max(64 * MiB)
      .default(16 * MiB),
    /** The share of records that may be dropped as unusable. @default 0.01 */
    maxBad: z.number().min(0).max(1).default(0.01),
    /** How many times its own size a compressed file may decompress to (1 MiB is always allowed). @default 200 */
    maxRatio: z.number().min(1).default(200),
    /** The most bytes that one compressed file may decompress to. @default 64 GiB */
    maxFile: z
      .int()
      .positive()
      .default(64 * 1024 * MiB),
    /** Roughly how many bytes of neighbouring files form a shard: a new file costs reading only its own shard. @default 64 MiB */
    shardSize: z
      .int()
      .positive()
      .default(64 * MiB),
  }),
  map: "from",
  shardBytes: "shardSize",
  resources: { memory: "1 GiB", timeout: "12 hours" },
  run: "./run.ts",
  reduce: true,
});
