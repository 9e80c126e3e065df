import { type Documents, definePipeline } from "crisol";
import { clean, seal } from "crisol/stages";
import { raw } from "./prepared.ts";

let kept: Documents<"sealed"> | undefined;

export default definePipeline({
  name: "handle-of-another-build",
  build() {
    kept ??= seal(raw());
    return { documents: clean(kept) };
  },
});
