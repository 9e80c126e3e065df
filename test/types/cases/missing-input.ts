import { definePipeline } from "crisol";
import { train } from "crisol/stages";
import { prepared } from "./prepared.ts";

export default definePipeline({
  name: "missing-input",
  build() {
    const { tokens } = prepared();
    return { checkpoint: train({ tokens, architecture: { layers: 2, width: 64, heads: 2 }, steps: 10 }) };
  },
});
