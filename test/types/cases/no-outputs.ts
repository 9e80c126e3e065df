import { definePipeline } from "crisol";
import { seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "no-outputs",
  build() {
    seal(raw());
    return {};
  },
});
