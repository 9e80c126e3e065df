/**
 * The modules of the trainer package that are started as programs, by the name that stages give them:
 * `context.trainer("train", ...)`, and the runtime fact "trainer/train".
 */
export const trainerEntries = {
  evaluate: "crisol_trainer.evaluation.evaluate",
  export_onnx: "crisol_trainer.export.export_onnx",
  tokenize_documents: "crisol_trainer.tokenizer.tokenize_documents",
  train: "crisol_trainer.training.train",
  train_tokenizer: "crisol_trainer.tokenizer.train_tokenizer",
} as const;
export type TrainerEntry = keyof typeof trainerEntries;

export function isTrainerEntry(name: string): name is TrainerEntry {
  return Object.hasOwn(trainerEntries, name);
}

/** The runtime fact of the whole trainer package: all its files and all packages of its lock. */
export const wholeTrainer = "trainer";

/** The runtime fact of one entry: the modules that it imports and the packages that these need. */
export function trainerFact(entry: TrainerEntry): `trainer/${TrainerEntry}` {
  return `trainer/${entry}`;
}

/** Whether a runtime fact is about the trainer. */
export function isTrainerFact(name: string): boolean {
  return name === wholeTrainer || name.startsWith(`${wholeTrainer}/`);
}
