import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as stages from "../../../activities/index.ts";
import { crisolFolder } from "../../../system/package-folder.ts";
import { declaredEntry } from "./declared-entry.ts";

const node = (runtime: { readonly [name: string]: string }) => ({ name: "teach", stage: "train", runtime });

test.each(["trainer/train", "trainer"])("a stage that declares %s may start train", (fact) => {
  expect(declaredEntry("train", node({ [fact]: "x" }))).toBe("train");
});

test.each([{}, { node: "24" }, { "trainer/evaluate": "x" }])("one that declares %o may not", (runtime) => {
  expect(() => declaredEntry("train", node(runtime))).toThrow(
    expect.objectContaining({
      parts: expect.objectContaining({
        code: "STAGE_FAILED",
        what: `the stage starts the trainer's "train" without declaring it`,
        fix: 'declare it: defineStage({ name: "train", runtime: ["trainer/train"], ... })',
      }),
    }),
  );
});

test("a name that no entry has is refused with those there are", () => {
  expect(() => declaredEntry("dpo", node({ trainer: "x" }))).toThrow(
    expect.objectContaining({
      parts: expect.objectContaining({
        what: 'the trainer has no entry "dpo"',
        fix: "use one of: evaluate, export_onnx, tokenize_documents, train, train_tokenizer",
      }),
    }),
  );
});

test("the built-in stages declare the entries that their code starts, and no others", () => {
  const activities = join(crisolFolder, "activities");
  const started = new Map<string, string[]>();
  for (const path of readdirSync(activities, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".ts") || path.endsWith(".test.ts")) continue;
    for (const [, entry = ""] of readFileSync(join(activities, path), "utf8").matchAll(/\btrainer\(\s*"(\w+)"/g)) {
      const folder = path.split("/").at(-2) ?? "";
      started.set(folder, [...(started.get(folder) ?? []), `trainer/${entry}`]);
    }
  }
  const declared = Object.values(stages).flatMap((stage) => {
    if (typeof stage !== "function" || !("spec" in stage) || stage.spec.code.type !== "module") return [];
    const facts = stage.spec.runtime.filter((name) => name.startsWith("trainer"));
    return facts.length === 0 ? [] : [[stage.spec.code.url.split("/").at(-2), facts] as const];
  });
  expect(declared.length).toBe(5);
  expect(Object.fromEntries(declared)).toEqual(Object.fromEntries(started));
});
