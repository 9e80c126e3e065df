import { definePipeline, defineStage, output, port } from "crisol";
import { prepared } from "./prepared.ts";

export const compare = defineStage(import.meta, {
  name: "compare",
  inputs: { tokens: port("tokens"), words: port("tokenizer"), documents: port("documents", "clean"), other: port("documents") },
  outputs: { report: output("report") },
  run: "./run.ts",
});

export default definePipeline({
  name: "four-inputs",
  build() {
    const { tokens, heldOut, tokenizer, training, validation } = prepared();
    return { heldOut, report: compare({ tokens, words: tokenizer, documents: training, other: validation }) };
  },
});
