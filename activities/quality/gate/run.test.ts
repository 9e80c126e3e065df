import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ArtifactRef } from "../../../schemas/artifact.ts";
import { isCrisolError } from "../../../schemas/error.ts";
import type { EvaluationReport } from "../../../schemas/report.ts";
import { StageHarness } from "../../../test/stage-harness.ts";
import { run, unmetConditions } from "./run.ts";
import { gate } from "./stage.ts";

let harness: StageHarness;
beforeAll(async () => {
  harness = await StageHarness.open();
});
afterAll(() => harness.close());

const figures = {
  loss: 4.2,
  perplexity: 66.7,
  bitsPerByte: 1.5,
  interval: [1.4, 1.6],
  confidence: 0.95,
  resamples: 1000,
  seed: 1,
  unigramBitsPerByte: 2.4,
  unigramPerplexity: 700,
  tokens: 5000,
  documents: 20,
  textBytes: 20_000,
  context: 256,
  stride: 192,
} satisfies Omit<EvaluationReport, "checkpoint" | "evaluatedTokens">;

const digest = "d".repeat(64) as EvaluationReport["checkpoint"];

async function checkpointArtifact(model: string): Promise<ArtifactRef> {
  return harness.artifact(
    "checkpoint",
    { "config.json": "{}", "model.safetensors": model },
    { counts: { parameters: 7 }, meta: { context: 256 } },
  );
}

async function reportArtifact(checkpoint: ArtifactRef): Promise<ArtifactRef> {
  const report = { ...figures, checkpoint: checkpoint.content, evaluatedTokens: digest };
  return harness.artifact("report", { "report.json": JSON.stringify(report) });
}

test("a checkpoint that passes keeps its files, counts and meta, and gains the fact", async () => {
  const checkpoint = await checkpointArtifact("a");
  const inputs = { checkpoint, report: await reportArtifact(checkpoint) };
  const { outputs, report } = await harness.run(gate, run, { inputs, params: { bitsPerByte: { below: 2.5 }, betterThanUnigram: true } });
  const before = (await harness.input(checkpoint)).manifest;
  const after = (await harness.input(outputs.checkpoint)).manifest;
  expect(after).toMatchObject({ kind: "checkpoint", facts: ["gated"], files: before.files, counts: before.counts, meta: before.meta });
  expect(report.metrics).toMatchObject({ bitsPerByte: 1.5, interval: [1.4, 1.6] });
});

test("a rejected checkpoint ends the run with the figures and every condition that it misses", async () => {
  const checkpoint = await checkpointArtifact("a");
  const inputs = { checkpoint, report: await reportArtifact(checkpoint) };
  const params = { bitsPerByte: { below: 1.45 }, perplexity: { below: 50 } };
  const error: unknown = await harness.run(gate, run, { inputs, params }).catch((thrown: unknown) => thrown);
  if (!isCrisolError(error)) throw error;
  expect(error.parts.code).toBe("REJECTED");
  expect(error.parts.what).toBe(
    "the model was rejected: 1.5 bits per byte (1.4 to 1.6) are not below 1.45; a perplexity of 66.7 is not below 50",
  );
});

test("a report on another checkpoint is refused", async () => {
  const inputs = { checkpoint: await checkpointArtifact("a"), report: await reportArtifact(await checkpointArtifact("b")) };
  const error: unknown = await harness.run(gate, run, { inputs, params: { loss: { below: 9 } } }).catch((thrown: unknown) => thrown);
  if (!isCrisolError(error)) throw error;
  expect(error.parts).toMatchObject({ code: "BAD_DATA", what: expect.stringContaining("the report is on checkpoint") });
});

describe("a condition", () => {
  const report: EvaluationReport = { ...figures, checkpoint: digest, evaluatedTokens: digest };
  const unmet = (condition: object, other: Partial<EvaluationReport> = {}): number =>
    unmetConditions({ ...report, ...other }, gate.spec.params.parse(condition) as never).length;

  test.each([
    ["bits per byte below", { bitsPerByte: { below: 1.51 } }, { bitsPerByte: { below: 1.5 } }],
    [
      "bits per byte below with the interval",
      { bitsPerByte: { below: 1.61, certain: true } },
      { bitsPerByte: { below: 1.6, certain: true } },
    ],
    ["perplexity below", { perplexity: { below: 67 } }, { perplexity: { below: 66.7 } }],
    ["loss below", { loss: { below: 4.3 } }, { loss: { below: 4.2 } }],
    ["documents at least", { documents: { atLeast: 20 } }, { documents: { atLeast: 21 } }],
    ["tokens at least", { tokens: { atLeast: 5000 } }, { tokens: { atLeast: 5001 } }],
  ])("on %s holds only on one side of its bound", (_, met, missed) => {
    expect(unmet(met)).toBe(0);
    expect(unmet(missed)).toBe(1);
  });

  test("on the unigram baseline demands the whole interval", () => {
    expect(unmet({ betterThanUnigram: true })).toBe(0);
    expect(unmet({ betterThanUnigram: true }, { interval: [1.4, 2.4] })).toBe(1);
  });

  test.each([{}, { bitsPerByte: {} }, { bitsPerBite: { below: 2 } }, { bitsPerByte: { below: -1 } }, { betterThanUnigram: false }])(
    "that is empty or misspelt is refused: %o",
    (condition) => {
      expect(gate.spec.params.safeParse(condition).success).toBe(false);
    },
  );
});
