import { definePipeline, files } from "crisol";
import { ingest, seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "handle-as-text",
  build() {
    const sealed = seal(raw());
    return { documents: ingest({ from: files(`out/${sealed}/*.jsonl`), as: "again" }) };
  },
});
