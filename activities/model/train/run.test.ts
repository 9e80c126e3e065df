import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import type { ArtifactRef } from "../../../schemas/artifact.ts";
import { isCrisolError } from "../../../schemas/error.ts";
import { trainerPython } from "../../../system/processes/python-environment.ts";
import { countingDocuments, tokensArtifact } from "../../../test/fixtures/token-shards.ts";
import { violations } from "../../../test/published-schema.ts";
import { StageHarness, type StageResult } from "../../../test/stage-harness.ts";
import { run as runEvaluate } from "../../quality/evaluate/run.ts";
import { evaluate } from "../../quality/evaluate/stage.ts";
import { run as runGate } from "../../quality/gate/run.ts";
import { gate } from "../../quality/gate/stage.ts";
import { run } from "./run.ts";
import { train } from "./stage.ts";

const vocabulary = 64;
const architecture = { layers: 1, width: 32, heads: 2, context: 16 };
const params = { architecture, steps: 40, batch: 4, learningRate: 0.01, evaluateEvery: 20, evaluationBatches: 2, threads: 1 };

let harness: StageHarness;
let inputs: { tokens: ArtifactRef; validation: ArtifactRef };
let trained: StageResult;
beforeAll(async () => {
  harness = await StageHarness.open();
  inputs = {
    tokens: await tokensArtifact(harness, countingDocuments(60, vocabulary), { vocabulary, facts: ["deduplicated", "sealed", "training"] }),
    validation: await tokensArtifact(harness, countingDocuments(10, vocabulary, 2), { vocabulary, facts: ["sealed", "validation"] }),
  };
  trained = await harness.run(train, run, { inputs, params });
}, 120_000);
afterAll(() => harness.close());

test("trains a checkpoint with everything needed to load it", async () => {
  const { manifest } = await harness.input(trained.outputs.checkpoint);
  expect(manifest.files.map(({ path }) => path)).toEqual([
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tensorboard/events.out.tfevents.0.crisol",
    "tokenizer.json",
    "tokenizer_config.json",
    "training.json",
    "unigram.safetensors",
  ]);
  expect(manifest.meta).toMatchObject({ context: 16, vocabulary, tokenizer: "one" });
  expect(trained.report.metrics).toMatchObject({ step: 40, stoppedBy: "steps", weights: "last" });
  expect(trained.progress.at(-1)).toMatchObject({ done: 40, total: 40, unit: "steps" });
  expect(Object.keys(trained.progress.at(-1)?.metrics ?? {})).toEqual(expect.arrayContaining(["loss", "learningRate", "tokensPerSecond"]));
});

test("a model worse than guessing gets a warning with a remedy", { timeout: 120_000 }, async () => {
  const wild = { ...params, architecture: { ...architecture, initializerRange: 1 }, steps: 1, learningRate: 1e-6 };
  expect((await harness.run(train, run, { inputs, params: wild })).report.warnings).toContainEqual(
    expect.stringMatching(/worse than guessing \(4\.16\).*`learningRate`/),
  );
  expect(trained.report.warnings).not.toContainEqual(expect.stringContaining("guessing"));
});

test.skipIf(process.platform !== "linux")(
  "with too little memory it trains with smaller micro-batches, and its report says so",
  { timeout: 120_000 },
  async () => {
    const python = join(harness.folder, "python-in-little-memory");
    await writeFile(python, `#!/bin/sh\nSPARE_MIB=130 exec '${trainerPython()}' -m tests.limited_memory "$3"\n`, { mode: 0o755 });
    vi.stubEnv("CRISOL_PYTHON", python);
    try {
      const wide = { layers: 2, width: 64, heads: 2, context: 256, dropout: 0.1 };
      const { report, logs } = await harness.run(train, run, {
        inputs,
        params: { architecture: wide, batch: 32, steps: 2, evaluateEvery: 1, evaluationBatches: 1, threads: 1 },
      });
      expect(report.metrics).toMatchObject({ step: 2, batch: 32, microBatch: 8 });
      expect(report.warnings).toContainEqual(
        expect.stringMatching("too small for micro-batches of 32: they were halved to 8, within the same batch of 32"),
      );
      expect(logs.filter(({ level }) => level === "warn").map(({ message }) => message)).toEqual([
        "memory ran out with micro-batches of 32: micro-batches of 16 from step 1 on, within the same batch of 32",
        "memory ran out with micro-batches of 16: micro-batches of 8 from step 1 on, within the same batch of 32",
      ]);
    } finally {
      vi.unstubAllEnvs();
    }
    expect(trained.report.metrics).toMatchObject({ batch: 4, microBatch: 4 });
    expect(trained.report.warnings).not.toContainEqual(expect.stringContaining("micro-batches"));
  },
);

test("a trainer that the kernel kills for lack of memory continues with smaller micro-batches", { timeout: 240_000 }, async ({ skip }) => {
  const group = memoryGroup(800 << 20);
  if (group === undefined) return skip("no right to limit memory");
  const python = join(harness.folder, "python-in-a-group");
  await writeFile(python, `#!/bin/sh\necho $$ > '${group}' && exec '${trainerPython()}' "$@"\n`, { mode: 0o755 });
  vi.stubEnv("CRISOL_PYTHON", python);
  try {
    // attention with dropout takes memory quadratic in the context: all 64 sequences would take 1.1 GiB
    const wide = { layers: 2, width: 64, heads: 2, context: 400, dropout: 0.1 };
    const { report, logs } = await harness.run(train, run, {
      inputs,
      params: { architecture: wide, batch: 64, steps: 1, evaluateEvery: 1, evaluationBatches: 1, threads: 1 },
    });
    const { microBatch } = z.object({ microBatch: z.int() }).parse(report.metrics);
    expect(microBatch).toBeLessThan(64);
    expect(report.warnings).toContainEqual(expect.stringContaining(`they were halved to ${microBatch}, within the same batch of 64`));
    const warnings = logs.filter(({ level }) => level === "warn").map(({ message }) => message);
    expect(warnings.slice(0, 2)).toEqual([
      "the kernel killed the trainer for lack of memory",
      "memory ran out with micro-batches of 64: micro-batches of 32 from step 1 on, within the same batch of 64",
    ]);
  } finally {
    vi.unstubAllEnvs();
  }
});

test("an aborted attempt leaves a checkpoint, and the next one ends with the same content", { timeout: 120_000 }, async () => {
  const abort = new AbortController();
  const slow = { ...params, checkpointEverySteps: 5 };
  const unbroken = await harness.run(train, run, { inputs, params: slow });
  const other = await StageHarness.open();
  try {
    const again = {
      tokens: await tokensArtifact(other, countingDocuments(60, vocabulary), { vocabulary, facts: ["deduplicated", "sealed", "training"] }),
      validation: await tokensArtifact(other, countingDocuments(10, vocabulary, 2), { vocabulary, facts: ["sealed", "validation"] }),
    };
    const stopped = other.run(train, run, { inputs: again, params: slow, signal: abort.signal });
    setTimeout(() => abort.abort(), 200);
    await expect(stopped).rejects.toMatchObject({ parts: { code: "CANCELED" } });
    const resumed = await other.run(train, run, { inputs: again, params: slow });
    expect(resumed.logs.map(({ message }) => message)).toEqual(
      expect.arrayContaining([expect.stringContaining("going on from the checkpoint of step")]),
    );
    expect(resumed.outputs.checkpoint?.content).toBe(unbroken.outputs.checkpoint?.content);
  } finally {
    await other.close();
  }
});

test("the trained checkpoint is evaluated, and passes its gate", { timeout: 120_000 }, async () => {
  const { checkpoint } = trained.outputs;
  if (checkpoint === undefined) throw new Error("no checkpoint");
  const evaluated = await harness.run(evaluate, runEvaluate, { inputs: { checkpoint, tokens: inputs.validation }, params: { threads: 1 } });
  const { report } = evaluated.outputs;
  if (report === undefined) throw new Error("no report");
  expect(evaluated.report.metrics?.bitsPerByte).toBeLessThan(Number(evaluated.report.metrics?.unigramBitsPerByte));
  expect(evaluated.progress.at(-1)).toMatchObject({ unit: "tokens" });
  expect(violations("evaluation-report", JSON.parse(await harness.text(report, "report.json")))).toEqual([]);
  const passed = await harness.run(gate, runGate, { inputs: { checkpoint, report }, params: { betterThanUnigram: true } });
  expect((await harness.input(passed.outputs.checkpoint)).manifest.facts).toEqual(["gated"]);
});

test("validation tokens of another tokenizer are refused", async () => {
  const facts = ["sealed", "validation"];
  const validation = await tokensArtifact(harness, countingDocuments(10, vocabulary), { vocabulary, facts, tokenizer: "two" });
  const error: unknown = await harness.run(train, run, { inputs: { ...inputs, validation }, params }).catch((thrown: unknown) => thrown);
  if (!isCrisolError(error)) throw error;
  expect(error.parts).toMatchObject({
    code: "BAD_DATA",
    what: "the training tokens are of tokenizer one, the validation tokens are of tokenizer two",
  });
});

test("a loss that is not a number ends it with DIVERGED", { timeout: 120_000 }, async () => {
  // a decay of ten times the weights makes them nine times larger at each step
  const wild = { ...params, learningRate: 1, warmup: 0, weightDecay: 10, steps: 400 };
  const error: unknown = await harness.run(train, run, { inputs, params: wild }).catch((thrown: unknown) => thrown);
  if (!isCrisolError(error)) throw error;
  expect(error.parts).toMatchObject({
    code: "DIVERGED",
    what: expect.stringMatching(/^training diverged at step \d+: /),
    where: expect.stringMatching(/^step \d+, whose batch is the sequences \d+, \d+, \d+, \d+ /),
    fix: expect.stringContaining("a smaller learningRate than 1, 0.5 for instance"),
  });
});

/** A group of processes whose memory the kernel limits: the file to write their ids to; undefined when this user may not. */
function memoryGroup(bytes: number): string | undefined {
  const [root, limit] = existsSync("/sys/fs/cgroup/memory")
    ? ["/sys/fs/cgroup/memory", "memory.limit_in_bytes"]
    : ["/sys/fs/cgroup", "memory.max"];
  const folder = join(root, `crisol-test-train-${process.pid}`);
  try {
    mkdirSync(folder);
    onTestFinished(() => vi.waitFor(() => rmdirSync(folder), 5_000));
    writeFileSync(join(folder, limit), String(bytes));
    return join(folder, "cgroup.procs");
  } catch {
    return undefined;
  }
}

describe("parameters", () => {
  const issues = (change: object): string[] => {
    const parsed = train.spec.params.safeParse({ architecture, steps: 10, ...change });
    return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  };

  test("have a default for all but architecture and steps, and none depends on the machine", () => {
    expect(train.spec.params.parse({ architecture: { layers: 4, width: 256, heads: 4 }, steps: 400 })).toMatchSnapshot();
  });

  test.each([
    [{ architecture: { ...architecture, width: 30, heads: 4 } }, "architecture.width: width must be an even multiple of heads"],
    [{ architecture: { ...architecture, heads: 4, keyValueHeads: 3 } }, "architecture.keyValueHeads: keyValueHeads must divide heads"],
    [{ batch: 8, microBatch: 3 }, "microBatch: microBatch must divide batch"],
    [{ warmup: 11 }, "warmup: warmup must be at most steps"],
    [{ learningRate: 0.001, minimumLearningRate: 0.01 }, "minimumLearningRate: minimumLearningRate must be at most learningRate"],
    [{ learning_rate: 0.1 }, ": Unrecognized key"],
    [{ steps: 0 }, "steps: Too small"],
  ])("are refused with their path: %o", (change, message) => {
    expect(issues(change)).toEqual([expect.stringContaining(message)]);
  });
});
