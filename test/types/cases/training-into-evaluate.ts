import { definePipeline } from "crisol";
import { evaluate } from "crisol/stages";
import { trained } from "./prepared.ts";

export default definePipeline({
  name: "training-into-evaluate",
  build() {
    const { checkpoint, tokens } = trained();
    return { report: evaluate({ checkpoint, tokens }) };
  },
});
