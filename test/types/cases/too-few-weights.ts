import { definePipeline } from "crisol";
import { mix, seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "too-few-weights",
  build() {
    return { documents: mix([raw(), seal(raw()), raw()], { weights: [0.5, 0.5] }) };
  },
});
