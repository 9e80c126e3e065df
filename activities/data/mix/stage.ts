import { z } from "zod";
import { defineStage, output, port } from "../../../dsl/index.ts";

/** Mix documents of several artifacts in given proportions, as many as the scarcest allows. The result has the facts that all of them share. */
export const mix = defineStage(import.meta, {
  name: "mix",
  summary: "mix documents in given proportions",
  // mixed with documents to train on, those held out would no longer be known as such
  inputs: { parts: port.many("documents", { each: "weights", agree: ["training", "validation"] }) },
  outputs: { documents: output("documents", { from: "parts" }) },
  params: z.strictObject({
    /** For each of `parts`, its share of the documents; they need not add up to 1. */
    weights: z.array(z.number().positive()).min(1),
    /** Another seed draws other documents of the parts that are not taken whole. @default 0 */
    seed: z.int().nonnegative().default(0),
  }),
  resources: { memory: "1 GiB", timeout: "12 hours" },
  run: "./run.ts",
});
