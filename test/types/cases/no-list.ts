import { definePipeline } from "crisol";
import { mix } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "no-list",
  build() {
    return { documents: mix(raw(), { weights: [1] }) };
  },
});
