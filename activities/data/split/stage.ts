import { z } from "zod";
import { defineStage, output, port } from "../../../dsl/index.ts";

/** Split documents into training and validation, so that no text has a near-duplicate on the other side. */
export const split = defineStage(import.meta, {
  name: "split",
  summary: "split documents into training and validation",
  inputs: { documents: port("documents", "sealed", "deduplicated") },
  outputs: {
    train: output("documents", { from: "documents", adds: ["training"], excludes: ["validation"] }),
    validation: output("documents", { from: "documents", adds: ["validation"], excludes: ["training"] }),
  },
  params: z.strictObject({
    /** The share of clusters that goes to validation. @default 0.05 */
    validation: z.number().min(0).max(1).default(0.05),
    /** Another seed gives another split. @default 0 */
    seed: z.int().nonnegative().default(0),
    /** Documents at least this similar (Jaccard of word 5-grams) stay on one side. @default 0.5 */
    similarity: z.number().min(0.3).max(1).default(0.5),
  }),
  resources: { memory: "8 GiB", timeout: "24 hours" },
  run: "./run.ts",
});
