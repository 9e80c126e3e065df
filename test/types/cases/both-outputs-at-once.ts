import { definePipeline } from "crisol";
import { dedup, seal, split, trainTokenizer } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "both-outputs-at-once",
  build() {
    return { tokenizer: trainTokenizer(split(dedup(seal(raw())), { validation: 0.1 }), { vocabulary: 4096 }) };
  },
});
