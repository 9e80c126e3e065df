import { definePipeline } from "crisol";
import { clean, dedup, seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "duplicate-output",
  build() {
    const sealed = seal(raw());
    return { documents: clean(sealed), documents: dedup(sealed) };
  },
});
