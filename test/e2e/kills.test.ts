import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStore } from "../../store/store.ts";
import { corpus } from "./corpus.ts";
import { checkHistories } from "./histories.ts";
import { kill, processesWith, servicesOf } from "./processes.ts";
import { makeProject, type Project } from "./project.ts";
import { trainingPipeline } from "./training-pipeline.ts";

const files = { "pipelines/informes.ts": trainingPipeline, "data/informes.jsonl": corpus(200) };
let unbroken: Project;
let broken: Project;

beforeAll(async () => {
  [unbroken, broken] = await Promise.all([makeProject(files), makeProject(files)]);
});
afterAll(() => Promise.all([unbroken.remove(), broken.remove()]));

interface Status {
  readonly status: string;
  readonly stages: readonly {
    readonly name: string;
    readonly status: string;
    readonly attempts: number;
    readonly progress: { readonly done: number } | null;
  }[];
  readonly outputs: unknown;
}

async function status(project: Project): Promise<Status> {
  return (await project.json("status")).values[0] as unknown as Status;
}

/** Wait until training has got past a step. */
async function trainedBeyond(step: number): Promise<void> {
  await expect
    .poll(
      async () => {
        const { stages, status: run } = await status(broken);
        if (run !== "running") throw new Error(`the run is ${run} already: ${JSON.stringify(stages)}`);
        return stages.find(({ name }) => name === "train")?.progress?.done ?? 0;
      },
      { timeout: 90_000, interval: 200 },
    )
    .toBeGreaterThan(step);
}

it("survives kill -9 of trainer, worker, server and everything at once, and ends with the bytes of an unbroken run", async () => {
  const reference = await unbroken.json("run", "informes");
  expect(reference.code).toBe(0);
  // digests cover the seal, and so the key that signed it: both projects are of one owner
  await cp(join(unbroken.home, "store", "keys"), join(broken.home, "store", "keys"), { recursive: true });

  const started = await broken.json("run", "informes", "--detach");
  const runId = String(started.values[0]?.runId);
  await trainedBeyond(40);
  kill(...(await processesWith("crisol_trainer.train", broken.home)));
  await trainedBeyond(80);
  kill((await servicesOf(broken.home)).worker);
  await trainedBeyond(130);
  kill((await servicesOf(broken.home)).server);
  await trainedBeyond(180);
  const everything = await servicesOf(broken.home);
  kill(...Object.values(everything), ...(await processesWith("crisol_trainer.train", broken.home)));
  const resumed = await broken.json("resume", runId);

  expect(resumed.code).toBe(0);
  expect(resumed.values.at(-1)?.outputs).toEqual(reference.values.at(-1)?.outputs);

  const store = await openStore(`${broken.home}/store`);
  const attempts = new Map<string, number>();
  const steps: number[] = [];
  for await (const event of store.runs.events(runId)) {
    if (event.type === "attempt") attempts.set(event.node, (attempts.get(event.node) ?? 0) + 1);
    if (event.type === "log" && event.message.startsWith("going on from the checkpoint"))
      steps.push(Number(/\d+/.exec(event.message)?.[0]));
  }
  const { train, ...others } = Object.fromEntries(attempts);
  expect(train).toBeGreaterThan(2);
  expect(Object.values(others)).toEqual(Object.values(others).map(() => 1));
  expect(steps.length).toBeGreaterThan(1);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(await processesWith("crisol_trainer", broken.home)).toEqual([]);
}, 600_000);

it("ends as failed, with the figures, when the gate says no", async () => {
  const { code, values } = await unbroken.json("run", "informes", "--set", "bitsPerByte=0.01");
  expect(code).toBe(1);
  const last = values.at(-1) as unknown as { status: string; errors: { name: string; code: string; what: string }[] };
  expect(last.status).toBe("failed");
  expect(last.errors).toMatchObject([{ name: "gate", code: "REJECTED" }]);
  expect(last.errors[0]?.what).toMatch(/bits per byte .* not below 0\.01/);
}, 120_000);

it("leaves no history long, and nothing but the plan large in any", async () => {
  for (const project of [unbroken, broken]) await checkHistories(project);
});
