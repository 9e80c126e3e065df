import { definePipeline } from "crisol";
import { exportOnnx } from "crisol/stages";
import { trained } from "./prepared.ts";

export default definePipeline({
  name: "ungated-into-export",
  build() {
    return { model: exportOnnx({ checkpoint: trained().checkpoint }) };
  },
});
