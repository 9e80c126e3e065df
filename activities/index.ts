/** What `import ... from "crisol/stages"` gives: the built-in stages. */
export { clean } from "./data/clean/stage.ts";
export { dedup } from "./data/dedup/stage.ts";
export { ingest } from "./data/ingest/stage.ts";
export { language } from "./data/language/stage.ts";
export { mix } from "./data/mix/stage.ts";
export { seal } from "./data/seal/stage.ts";
export { split } from "./data/split/stage.ts";
export { exportOnnx } from "./model/export-onnx/stage.ts";
export { tokenize } from "./model/tokenize/stage.ts";
export { train } from "./model/train/stage.ts";
export { trainTokenizer } from "./model/train-tokenizer/stage.ts";
export { evaluate } from "./quality/evaluate/stage.ts";
export { gate } from "./quality/gate/stage.ts";
