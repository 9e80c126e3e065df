import { definePipeline } from "crisol";
import { seal } from "crisol/stages";
import { raw } from "./prepared.ts";

const sealed = seal(raw());

export default definePipeline({
  name: "outside-build",
  build() {
    return { sealed };
  },
});
