import { defineKind, definePipeline, defineStage, files, output, port } from "crisol";

export const embed = defineStage(import.meta, {
  name: "embed",
  inputs: { from: port("files") },
  outputs: { embeddings: output(defineKind({ name: "embeddings", shards: "vectors" })) },
  run: "./run.ts",
});

export const judge = defineStage(import.meta, {
  name: "judge",
  inputs: { embeddings: port(defineKind({ name: "embeddings" })) },
  outputs: { report: output("report") },
  run: "./run.ts",
});

export default definePipeline({
  name: "kind-declared-twice",
  build() {
    return { report: judge(embed(files("data/*"))) };
  },
});
