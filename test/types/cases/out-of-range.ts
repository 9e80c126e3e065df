import { definePipeline } from "crisol";
import { dedup, seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "out-of-range",
  build() {
    return { documents: dedup(seal(raw()), { threshold: 1.2 }) };
  },
});
