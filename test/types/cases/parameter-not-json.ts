import { definePipeline, z } from "crisol";
import { seal } from "crisol/stages";
import { raw } from "./prepared.ts";

export default definePipeline({
  name: "parameter-not-json",
  params: z.object({ since: z.date().default(new Date(0)) }),
  build() {
    return { documents: seal(raw()) };
  },
});
