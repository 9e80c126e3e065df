import { definePipeline, defineStage, output, port } from "crisol";
import { seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export const counted = defineStage(import.meta, {
  name: "counted",
  inputs: { documents: port("documents") },
  outputs: { report: output("report") },
  map: "documents",
  run: "./run.ts",
});

export default definePipeline({
  name: "report-in-parts",
  build() {
    return { report: counted(seal(raw())) };
  },
});
