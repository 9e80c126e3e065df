import { definePipeline } from "crisol";
import { mix } from "crisol/stages";
import { prepared } from "./prepared.ts";

export default definePipeline({
  name: "wrong-kind-in-a-list",
  build() {
    const { training, tokens, heldOut } = prepared();
    return { heldOut, documents: mix([training, tokens], { weights: [1, 1] }) };
  },
});
