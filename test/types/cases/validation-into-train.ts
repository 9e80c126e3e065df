import { definePipeline } from "crisol";
import { train } from "crisol/stages";
import { prepared } from "./prepared.ts";

export default definePipeline({
  name: "validation-into-train",
  build() {
    const { heldOut } = prepared();
    return { checkpoint: train({ tokens: heldOut, validation: heldOut, architecture: { layers: 2, width: 64, heads: 2 } }) };
  },
});
