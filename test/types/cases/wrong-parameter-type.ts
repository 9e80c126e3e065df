import { definePipeline } from "crisol";
import { clean, seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "wrong-parameter-type",
  build() {
    return { documents: clean(seal(raw()), { minLength: "100" }) };
  },
});
