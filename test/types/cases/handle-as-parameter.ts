import { definePipeline, files } from "crisol";
import { ingest, seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "handle-as-parameter",
  build() {
    return { documents: ingest({ from: files("more/*.jsonl"), text: seal(raw()), as: "again" }) };
  },
});
