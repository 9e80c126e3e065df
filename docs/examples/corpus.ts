import { type Documents, definePipeline, files } from "crisol";
import { clean, dedup, ingest, seal } from "crisol/stages";
import { wordCounts } from "./word-counts/stage.ts";

/** A composite stage is an ordinary function. It keeps whatever facts its documents already have. */
function tidy<F extends string>(documents: Documents<F | "sealed">) {
  return dedup(clean(documents, { minLength: 500 }), { threshold: 0.7 });
}

export default definePipeline({
  name: "corpus",
  build() {
    const documents = tidy(seal(ingest({ from: files("data/**/*.jsonl.zst", "notes/*.md") })));
    return { documents, words: wordCounts(documents, { top: 50 }) };
  },
});
