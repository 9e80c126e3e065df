import { definePipeline } from "crisol";
import { train } from "crisol/stages";
import { prepared } from "./prepared.ts";

export default definePipeline({
  name: "validation-into-train",
  build() {
    const { heldOut } = prepared();
    const architecture = { layers: 2, width: 64, heads: 2 };
    return { checkpoint: train({ tokens: heldOut, validation: heldOut, architecture, steps: 10 }) };
  },
});
