import { definePipeline } from "crisol";
import { evaluate, split, tokenize } from "crisol/stages";
import { trained } from "./prepared.ts";

export default definePipeline({
  name: "split-of-split",
  build() {
    const { checkpoint, training, tokenizer } = trained();
    const { validation } = split(training, { validation: 0.5, as: "again" });
    return { report: evaluate({ checkpoint, tokens: tokenize(validation, tokenizer, { as: "tokenizeAgain" }) }) };
  },
});
