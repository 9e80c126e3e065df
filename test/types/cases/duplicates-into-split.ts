import { definePipeline } from "crisol";
import { clean, seal, split } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "duplicates-into-split",
  build() {
    return split(clean(seal(raw())), { validation: 0.1 });
  },
});
