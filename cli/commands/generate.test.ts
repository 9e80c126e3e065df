import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Plan } from "../../schemas/plan.ts";
import { exportedModel, made } from "../../test/fixtures/exported-model.ts";
import { StageHarness } from "../../test/stage-harness.ts";
import { openTerminal } from "../view/terminal.ts";
import { generateCommand } from "./generate.ts";

let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
  const exported = await exportedModel(harness);
  const plan: Plan = { version: 1, pipeline: "bilingual", params: {}, sources: {}, nodes: [], outputs: {} };
  const { runId, planDigest } = await harness.store.runs.create({ plan, projectFolder: harness.project });
  const outputs = { model: made(exported.model, "model"), tokens: made(exported.tokens, "tokens") };
  const state = { runId, pipeline: "bilingual", planDigest, status: "completed" as const, nodes: [], outputs };
  await harness.store.runs.append(runId, [{ type: "state", at: new Date().toISOString(), state }]);
}, 240_000);
afterAll(() => harness.close());

const flags = { prompt: "¡Qué señor!", maxTokens: 12, seed: 3, temperature: 0.8, precision: "int8" };

/** What the command prints on standard output. */
async function printed(name: string, options: Parameters<typeof generateCommand>[2], json: boolean): Promise<string[]> {
  const writes: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    writes.push(String(chunk));
    return true;
  });
  try {
    await generateCommand({ store: async () => harness.store, project: harness.project, terminal: openTerminal({ json }) }, name, options);
  } finally {
    write.mockRestore();
  }
  return writes;
}

test("streams prompt and text, the same that --json gives at the end", async () => {
  const writes = await printed("bilingual", flags, false);
  expect(writes.length).toBeGreaterThan(2);
  const [line, ...others] = await printed("bilingual", flags, true);
  expect(others).toEqual([]);
  const value = JSON.parse(line ?? "");
  expect(value).toMatchObject({ prompt: flags.prompt, seed: 3, precision: "int8", model: expect.stringMatching(/^bilingual-.*\/model$/) });
  expect(writes.join("")).toBe(`${flags.prompt}${value.text}\n`);
  expect(await printed("bilingual", { ...flags, precision: "fp32" }, true)).toHaveLength(1);
});

test("refuses an artifact that is not a model, and an unknown precision", async () => {
  await expect(printed("bilingual/tokens", flags, false)).rejects.toMatchObject({
    parts: { code: "COMMAND_INVALID", what: expect.stringContaining("tokens") },
  });
  await expect(printed("bilingual", { ...flags, precision: "int4" }, false)).rejects.toMatchObject({ parts: { code: "COMMAND_INVALID" } });
  await expect(printed("trilingual", flags, false)).rejects.toMatchObject({ parts: { code: "NOT_FOUND" } });
});
