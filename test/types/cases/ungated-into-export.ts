import { definePipeline } from "crisol";
import { exportOnnx } from "crisol/stages";
import { trained } from "./prepared.ts";

export default definePipeline({
  name: "ungated-into-export",
  build() {
    const { checkpoint, heldOut } = trained();
    return { model: exportOnnx({ checkpoint, tokens: heldOut }) };
  },
});
