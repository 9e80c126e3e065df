import { definePipeline } from "crisol";
import { dedup, seal, split } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "output-of-nothing",
  build() {
    const { train, test } = split(dedup(seal(raw())), { validation: 0.1 });
    return { train, test };
  },
});
