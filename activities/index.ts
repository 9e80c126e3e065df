/** What `import ... from "crisol/stages"` gives: the built-in stages. */
export { clean } from "./clean/stage.ts";
export { dedup } from "./dedup/stage.ts";
export { evaluate } from "./evaluate/stage.ts";
export { exportOnnx } from "./export-onnx/stage.ts";
export { gate } from "./gate/stage.ts";
export { ingest } from "./ingest/stage.ts";
export { seal } from "./seal/stage.ts";
export { split } from "./split/stage.ts";
export { tokenize } from "./tokenize/stage.ts";
export { train } from "./train/stage.ts";
export { trainTokenizer } from "./train-tokenizer/stage.ts";
