/** The schemas that are published as JSON Schema, in schemas/json. */
import type { z } from "zod";
import { trainerConfigs } from "./trainer-configs/index.ts";

/** A published schema, and whether its file describes what is written (defaults may be left out) or what is read back. */
export interface PublishedSchema {
  readonly schema: z.ZodType;
  readonly io: "input" | "output";
}

/** By the name of the file, without its ending. */
export const publishedSchemas: { readonly [name: string]: PublishedSchema } = {
  "train-config": { schema: trainerConfigs.train, io: "input" },
  "evaluate-config": { schema: trainerConfigs.evaluate, io: "input" },
  "export-onnx-config": { schema: trainerConfigs.export_onnx, io: "input" },
  "tokenize-documents-config": { schema: trainerConfigs.tokenize_documents, io: "input" },
  "train-tokenizer-config": { schema: trainerConfigs.train_tokenizer, io: "input" },
};
