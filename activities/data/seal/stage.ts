import { z } from "zod";
import { defineStage, output, port } from "../../../dsl/index.ts";

/** Seal documents: hash each, and sign one root over them all, together with the raw files they came from. */
export const seal = defineStage(import.meta, {
  name: "seal",
  summary: "hash every document and sign the root",
  inputs: { documents: port("documents") },
  outputs: { documents: output("documents", { from: "documents", adds: ["sealed"] }) },
  params: z.strictObject({}),
  run: "./run.ts",
});
