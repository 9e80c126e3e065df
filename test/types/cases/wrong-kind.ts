import { definePipeline } from "crisol";
import { tokenize } from "crisol/stages";
import { prepared } from "./prepared.ts";

export default definePipeline({
  name: "wrong-kind",
  build() {
    const { training, tokenizer } = prepared();
    return { tokens: tokenize(tokenizer, training) };
  },
});
