import { defineStage, output, port, z } from "crisol";

/** Count the words of documents: how often each occurs. */
export const wordCounts = defineStage(import.meta, {
  name: "wordCounts",
  summary: "count the words of documents",
  inputs: { documents: port("documents", "sealed") },
  outputs: { report: output("report") },
  params: z.strictObject({
    /** How many words the report lists. @default 100 */
    top: z.int().positive().default(100),
  }),
  resources: { memory: "1 GiB", timeout: "30 minutes" },
  run: "./run.ts",
});
