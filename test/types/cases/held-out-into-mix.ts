import { definePipeline } from "crisol";
import { mix } from "crisol/stages";
import { prepared } from "./prepared.ts";

export default definePipeline({
  name: "held-out-into-mix",
  build() {
    const { training, validation, tokens, heldOut } = prepared();
    return { tokens, heldOut, documents: mix([training, validation], { weights: [1, 1] }) };
  },
});
