import { definePipeline } from "crisol";
import { clean, seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "misspelt-parameter",
  build() {
    return { documents: clean(seal(raw()), { minLenght: 100 }) };
  },
});
