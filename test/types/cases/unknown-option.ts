import { definePipeline } from "crisol";
import { seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "unknown-option",
  retries: 3,
  build() {
    return { documents: seal(raw()) };
  },
});
