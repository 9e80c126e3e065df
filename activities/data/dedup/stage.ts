import { z } from "zod";
import { defineStage, output, port } from "../../../dsl/index.ts";

/** Keep one document of each cluster of near-duplicates: the longest, and of equally long ones the one with the least id. */
export const dedup = defineStage(import.meta, {
  name: "dedup",
  summary: "keep one document of each cluster of near-duplicates",
  inputs: { documents: port("documents", "sealed") },
  outputs: { documents: output("documents", { from: "documents", adds: ["deduplicated"] }) },
  params: z.strictObject({
    /** The least Jaccard similarity, of sets of word 5-grams, at which two texts are near-duplicates. @default 0.8 */
    threshold: z.number().min(0.3).max(1).default(0.8),
  }),
  resources: { memory: "8 GiB", timeout: "24 hours" },
  run: "./run.ts",
});
