import { definePipeline, defineStage, output, port } from "crisol";
import { raw } from "./prepared.ts";

export const each = defineStage(import.meta, {
  name: "each",
  inputs: { parts: port.many("documents") },
  outputs: { documents: output("documents", { from: "parts" }) },
  map: "parts",
  run: "./run.ts",
});

export default definePipeline({
  name: "map-over-a-list",
  build() {
    return { documents: each([raw()]) };
  },
});
