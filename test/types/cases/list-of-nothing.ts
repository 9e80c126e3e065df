import { definePipeline } from "crisol";
import { mix } from "crisol/stages";

export default definePipeline({
  name: "list-of-nothing",
  build() {
    return { documents: mix([], { weights: [] }) };
  },
});
