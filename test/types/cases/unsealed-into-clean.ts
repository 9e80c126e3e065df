import { definePipeline } from "crisol";
import { clean } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "unsealed-into-clean",
  build() {
    return { documents: clean(raw()) };
  },
});
