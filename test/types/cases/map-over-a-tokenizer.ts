import { definePipeline, defineStage, output, port } from "crisol";
import { prepared } from "./prepared.ts";

export const mixed = defineStage(import.meta, {
  name: "mixed",
  inputs: { documents: port("documents"), tokenizer: port("tokenizer") },
  outputs: { documents: output("documents", { from: "documents" }) },
  map: "tokenizer",
  run: "./run.ts",
});

export default definePipeline({
  name: "map-over-a-tokenizer",
  build() {
    const { training, tokenizer } = prepared();
    return { documents: mixed({ documents: training, tokenizer }) };
  },
});
