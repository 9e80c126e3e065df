/** A stage whose work a Python script does, one process for each shard of the documents. */
import { command, defineStage, output, port, z } from "crisol";

export const readability = defineStage(import.meta, {
  name: "readability",
  summary: "measure how long sentences are, and drop documents of long ones",
  inputs: { documents: port("documents", "sealed") },
  outputs: { documents: output("documents", { from: "documents", adds: ["readable"] }) },
  params: z.object({
    /** Words a sentence, on average. */
    most: z.number().positive().default(40),
  }),
  map: "documents",
  run: command(["python", "readability.py"]),
});
