import { expect, test } from "vitest";
import { checkedConfig } from "./checked-config.ts";

const node = { name: "teach", stage: "train" };
const folders = { tokens: "/t", validation: "/v", output: "/o", checkpoints: "/c" };
const config = { ...folders, vocabulary: 300, architecture: { layers: 1, width: 8, heads: 2 }, steps: 10 };

test("a configuration gets its defaults, and no others", () => {
  const checked = checkedConfig("train", config, node);
  expect(checked).toMatchObject({ ...folders, batch: 6, learningRate: 0.001, endOfText: 0, architecture: { context: 256, dropout: 0 } });
  expect(checked).not.toHaveProperty("microBatch");
});

test("all that is wrong is named by its place: also rules between several settings, which the trainer does not have", () => {
  const wrong = {
    ...config,
    vocabulary: 1,
    steps: 5,
    warmup: 6,
    speed: 1,
    batch: 6,
    microBatch: 4,
    architecture: { layers: 1, width: 9, heads: 2 },
  };
  const said = () => checkedConfig("train", wrong, node);
  expect(said).toThrow(expect.objectContaining({ parts: expect.objectContaining({ code: "STAGE_FAILED" }) }));
  for (const problem of [
    "vocabulary: Too small",
    "architecture.width: width must be an even multiple",
    'the configuration: Unrecognized key: "speed"',
  ]) {
    expect(said).toThrow(problem);
  }
  const { speed, ...known } = { ...wrong, vocabulary: 300 };
  expect(() => checkedConfig("train", known, node)).toThrow("architecture.width: width must");
  const between = () => checkedConfig("train", { ...known, architecture: config.architecture, endOfText: 300 }, node);
  for (const problem of ["microBatch must divide batch", "warmup must be at most steps", "endOfText must be an id"])
    expect(between).toThrow(problem);
});

test("the parts that are exported are in one order, each once", () => {
  const parts = { checkpoint: "/c", tokens: "/t", output: "/o", precision: ["int8", "fp32", "int8"] };
  expect(checkedConfig("export_onnx", parts, node)).toEqual({ ...parts, precision: ["fp32", "int8"] });
});
