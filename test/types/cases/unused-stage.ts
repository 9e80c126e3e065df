import { definePipeline } from "crisol";
import { clean, dedup, seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "unused-stage",
  build() {
    const sealed = seal(raw());
    clean(sealed);
    return { documents: dedup(sealed) };
  },
});
