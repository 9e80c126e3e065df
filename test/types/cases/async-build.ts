import { definePipeline } from "crisol";
import { seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "async-build",
  async build() {
    return { documents: seal(raw()) };
  },
});
