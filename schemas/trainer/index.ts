/** What each entry of the trainer is started with: the one place of its parameters, defaults and rules. `npm run generate` writes the trainer's classes from it. */
import type { z } from "zod";
import type { TrainerEntry } from "./entries.ts";
import { EvaluateConfig } from "./evaluate.ts";
import { ExportOnnxConfig } from "./export-onnx.ts";
import { TokenizeDocumentsConfig } from "./tokenize-documents.ts";
import { TrainConfig } from "./train.ts";
import { TrainTokenizerConfig } from "./train-tokenizer.ts";

export const trainerConfigs = {
  evaluate: EvaluateConfig,
  export_onnx: ExportOnnxConfig,
  tokenize_documents: TokenizeDocumentsConfig,
  train: TrainConfig,
  train_tokenizer: TrainTokenizerConfig,
} as const satisfies { readonly [E in TrainerEntry]: z.ZodObject };

/** A configuration as a stage writes it: settings with a default may be left out. */
export type TrainerConfig<E extends TrainerEntry> = z.input<(typeof trainerConfigs)[E]>;
