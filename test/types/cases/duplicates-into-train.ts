import { definePipeline, type Tokens } from "crisol";
import { train } from "crisol/stages";
import { prepared } from "./prepared.ts";

/** A composite that forgot what it was given. */
function thin(tokens: Tokens<"sealed" | "training", "trainTokenizer">) {
  return tokens;
}

export default definePipeline({
  name: "duplicates-into-train",
  build() {
    const { tokens, heldOut } = prepared();
    const architecture = { layers: 2, width: 64, heads: 2 };
    return { checkpoint: train({ tokens: thin(tokens), validation: heldOut, architecture, steps: 10 }) };
  },
});
