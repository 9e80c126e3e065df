/** The files that are written from the zod schemas, as path and text. */
import { z } from "zod";
import { publishedSchemas } from "../../schemas/published-schemas.ts";
import { trainerEntries } from "../../schemas/trainer/entries.ts";
import { trainerConfigs } from "../../schemas/trainer/index.ts";
import { pythonConfig } from "./python-config.ts";

/** A file that must hold this text; its path is relative to the root. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** Every generated file: the JSON Schemas in schemas/json, and the classes of the trainer's configurations. */
export function generatedFiles(): GeneratedFile[] {
  const schemas = Object.entries(publishedSchemas).map(([name, schema]) => ({
    path: `schemas/json/${name}.json`,
    text: `${JSON.stringify({ $id: `urn:crisol:schema:${name}`, ...z.toJSONSchema(schema, { io: "input" }) }, undefined, 2)}\n`,
  }));
  const configs = Object.entries(trainerConfigs).map(([entry, schema]) => ({
    path: configModule(trainerEntries[entry as keyof typeof trainerEntries]),
    text: pythonConfig(entry, z.toJSONSchema(schema, { io: "input" })),
  }));
  return [...schemas, ...configs];
}

/** The configuration's module is beside the entry's: `crisol_trainer.training.train` has `train_config.py`. */
function configModule(module: string): string {
  return `trainer/${module.replaceAll(".", "/")}_config.py`;
}
