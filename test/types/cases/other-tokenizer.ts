import { definePipeline } from "crisol";
import { evaluate, tokenize, trainTokenizer } from "crisol/stages";
import { trained } from "./prepared.ts";

export default definePipeline({
  name: "other-tokenizer",
  build() {
    const { checkpoint, training, validation } = trained();
    const small = trainTokenizer(training, { vocabulary: 512, as: "small" });
    const tokens = tokenize(validation, small, { as: "tokenizeSmall" });
    return { report: evaluate({ checkpoint, tokens }) };
  },
});
