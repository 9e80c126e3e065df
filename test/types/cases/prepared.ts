/** What most of the cases start from: a composite stage, which is an ordinary function. */
import { files } from "crisol";
import { dedup, ingest, seal, split, tokenize, train, trainTokenizer } from "crisol/stages";

/** Documents as they come. */
export function raw() {
  return ingest({ from: files("data/*.jsonl") });
}

/** Tokens to train on and tokens held out, made with one tokenizer. */
export function prepared() {
  const { train: training, validation } = split(dedup(seal(raw())), { validation: 0.1 });
  const tokenizer = trainTokenizer(training, { vocabulary: 4096 });
  const tokens = tokenize(training, tokenizer);
  const heldOut = tokenize(validation, tokenizer, { as: "tokenizeHeldOut" });
  return { training, validation, tokenizer, tokens, heldOut };
}

/** A checkpoint, and what it was made from. */
export function trained() {
  const { tokens, heldOut, ...rest } = prepared();
  const checkpoint = train({ tokens, validation: heldOut, architecture: { layers: 2, width: 64, heads: 2 }, steps: 10 });
  return { ...rest, tokens, heldOut, checkpoint };
}
