import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStore } from "../../store/store.ts";
import { corpus } from "./corpus.ts";
import { makeProject, type Project } from "./project.ts";

/** At a learning rate of 1, a decay of ten times the weights makes them nine times larger at each step. */
const pipeline = `
import { definePipeline, files, z } from "crisol";
import { clean, dedup, ingest, seal, split, tokenize, train, trainTokenizer } from "crisol/stages";

export default definePipeline({
  name: "runaway",
  params: z.object({ learningRate: z.number().default(1) }),
  build({ learningRate }) {
    const raw = ingest({ from: files("data/*.jsonl"), text: "text" });
    const documents = dedup(clean(seal(raw), { minLength: 50, language: "any" }), { threshold: 0.9 });
    const { train: training, validation } = split(documents, { validation: 0.2 });
    const tokenizer = trainTokenizer(training, { vocabulary: 400 });
    return {
      checkpoint: train({
        tokens: tokenize(training, tokenizer),
        validation: tokenize(validation, tokenizer, { as: "tokenizeHeldOut" }),
        architecture: { layers: 1, width: 32, heads: 2, context: 32 },
        steps: 60,
        batch: 4,
        threads: 1,
        warmup: 0,
        learningRate,
        weightDecay: 10,
        checkpointEverySteps: 5,
      }),
    };
  },
});
`;

interface Status {
  readonly status: string;
  readonly stages: readonly { readonly name: string; readonly attempts: number; readonly error: Record<string, string> | null }[];
}

const files = { "pipelines/runaway.ts": pipeline, "data/informes.jsonl": corpus(200) };
let project: Project;
let fresh: Project;
beforeAll(async () => {
  [project, fresh] = await Promise.all([makeProject(files), makeProject(files)]);
});
afterAll(() => Promise.all([project.remove(), fresh.remove()]));

it("training that diverges blocks its run with advice, and starts over with another learning rate", async () => {
  const started = await project.json("run", "runaway");
  expect(started.code).toBe(1);
  const result = started.values.at(-1);
  expect(result?.status).toBe("blocked");
  const runId = String(result?.runId);

  const { stages } = (await project.json("status", runId)).values[0] as unknown as Status;
  const blocked = stages.find(({ name }) => name === "train");
  expect(blocked).toMatchObject({ attempts: 1, error: { code: "DIVERGED" } });
  expect(blocked?.error?.what).toMatch(/^training diverged at step \d+: /);
  expect(blocked?.error?.where).toMatch(/^stage train: step \d+, whose batch is the sequences \d+, \d+, \d+, \d+ /);
  expect(blocked?.error?.why).toMatch(/The checkpoint of step \d+ is kept\.$/);
  expect(blocked?.error?.fix).toContain("Use a smaller learningRate than 1, 0.5 for instance");

  const resumed = await project.json("resume", runId, "--set", "learningRate=0.001");
  expect(resumed.values.at(-1)).toMatchObject({ runId, status: "completed" });
  const store = await openStore({ directory: `${project.home}/store` });
  const logs: string[] = [];
  for await (const event of store.runs.events(runId)) if (event.type === "log" && event.node === "train") logs.push(event.message);
  expect(logs.filter((message) => message.startsWith("checkpoint of step")).length).toBeGreaterThan(2);
  expect(logs.filter((message) => message.startsWith("going on from the checkpoint"))).toEqual([]);

  // digests cover the seal, and so the key that signed it: both projects have the same owner
  await cp(join(project.home, "store", "keys"), join(fresh.home, "store", "keys"), { recursive: true });
  const unbroken = await fresh.json("run", "runaway", "--set", "learningRate=0.001");
  expect(resumed.values.at(-1)?.outputs).toEqual(unbroken.values.at(-1)?.outputs);
}, 300_000);
