import { definePipeline } from "crisol";
import { clean, seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "same-stage-twice",
  build() {
    const sealed = seal(raw());
    return { short: clean(sealed, { minLength: 10 }), long: clean(sealed, { minLength: 1000 }) };
  },
});
