import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CrisolError } from "../schemas/error.ts";
import { type TextCodec, textCodec } from "./text-codec.ts";

/** Which of a model's graphs. */
export const Precision = z.enum(["int8", "fp32"]);
export type Precision = z.output<typeof Precision>;

const GRAPHS = { int8: "onnx/model_quantized.onnx", fp32: "onnx/model.onnx" } as const satisfies Record<Precision, string>;

const Config = z.object({
  model_type: z.string(),
  vocab_size: z.int().positive(),
  max_position_embeddings: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_key_value_heads: z.int().positive(),
  head_dim: z.int().positive(),
  eos_token_id: z.int().nonnegative(),
});

/** A model in the layout that transformers.js reads, its small files loaded. */
export interface ModelFolder {
  readonly folder: string;
  /** Path of the graph. */
  readonly graph: string;
  /** Longest sequence of tokens it can read. */
  readonly context: number;
  readonly vocabulary: number;
  /** The token that ends a document, and stands before the next. */
  readonly endOfText: number;
  readonly layers: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly codec: TextCodec;
}

/**
 * Read a model's folder.
 *
 * @throws CrisolError NOT_FOUND if it, or the graph of this precision, is missing; ARTIFACT_DAMAGED if one of its files can't be parsed.
 */
export async function readModelFolder(folder: string, precision: Precision): Promise<ModelFolder> {
  const config = await readAs(folder, "config.json", (value) => Config.parse(value));
  const tokenizerConfig = await readAs(folder, "tokenizer_config.json", (value) => z.looseObject({}).parse(value));
  const codec = await readAs(folder, "tokenizer.json", (value) => textCodec(value, tokenizerConfig));
  const graph = join(folder, GRAPHS[precision]);
  await access(graph).catch((cause) => Promise.reject(noFile(folder, GRAPHS[precision], cause)));
  return {
    folder,
    graph,
    codec,
    context: config.max_position_embeddings,
    vocabulary: config.vocab_size,
    endOfText: config.eos_token_id,
    layers: config.num_hidden_layers,
    keyValueHeads: config.num_key_value_heads,
    headSize: config.head_dim,
  };
}

/** The error for a file of a model that exists but is not valid. */
export function damagedModel(folder: string, file: string, cause: unknown): CrisolError {
  return new CrisolError(
    {
      code: "ARTIFACT_DAMAGED",
      what: `the model's ${file} can't be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      where: join(folder, file),
      why: "without it no text can be generated",
      fix: "export the model again: run its pipeline, or copy the folder again from its source",
    },
    { cause },
  );
}

async function readAs<T>(folder: string, file: string, parse: (value: unknown) => T): Promise<T> {
  const text = await readFile(join(folder, file), "utf8").catch((cause) => Promise.reject(noFile(folder, file, cause)));
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    throw damagedModel(folder, file, cause);
  }
}

function noFile(folder: string, file: string, cause: unknown): CrisolError {
  return new CrisolError(
    {
      code: "NOT_FOUND",
      what: `the model has no ${file}`,
      where: folder,
      why: "without it no text can be generated",
      fix: file.endsWith(".onnx")
        ? 'choose another precision (`--precision fp32`), or export this one too (`precision: ["fp32", "int8"]`)'
        : "name a folder that exportOnnx wrote, with config.json, tokenizer.json, tokenizer_config.json and onnx/",
    },
    { cause },
  );
}
