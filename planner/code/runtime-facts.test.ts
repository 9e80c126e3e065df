import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { RuntimeFacts } from "./runtime-facts.ts";

const home = mkdtempSync(join(tmpdir(), "crisol-facts-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const factsOf = async (...runtime: string[]) => {
  const stage = { name: "x", runtime };
  return (await RuntimeFacts.establish([stage], join(home, "trainer.json"))).of(stage);
};

test("a stage gets the facts it declares, and no others", async () => {
  expect(await factsOf("node")).toEqual({ node: process.versions.node.split(".")[0] });
  const { trainer, "trainer/train": train, ...others } = await factsOf("trainer", "trainer/train");
  expect(trainer).not.toBe(train);
  expect(others).toEqual({});
});

test("an unknown fact is refused with those there are", async () => {
  await expect(factsOf("trainr")).rejects.toThrow(/runtime fact "trainr"/);
  await expect(factsOf("trainer/dpo")).rejects.toMatchObject({
    parts: {
      code: "PIPELINE_INVALID",
      fix: "use one of: node, trainer, trainer/evaluate, trainer/export_onnx, trainer/tokenize_documents, trainer/train, trainer/train_tokenizer",
    },
  });
});
