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

/** Wait until training has passed a step, in the attempt of that number or a later one. */
async function trainsBeyond(step: number, runId: string, attempt: number): Promise<void> {
  const { runs } = await openStore({ directory: `${broken.home}/store` });
  const reached = async () => {
    const { state, progress } = await runs.view(runId);
    if (state.status !== "running") throw new Error(`the run is ${state.status} already`);
    const attempts = state.nodes.find(({ name }) => name === "train")?.attempts ?? 0;
    return attempts >= attempt && (progress.get("train")?.done ?? 0) > step;
  };
  await expect.poll(reached, { timeout: 90_000, interval: 100 }).toBe(true);
}

it("survives kill -9 of trainer, worker, server and everything at once, and ends with the bytes of an uninterrupted run", async () => {
  // long enough for a fast machine to be still at work when the last kill comes
  const args = ["run", "informes", "--set", "steps=1500"];
  const reference = await unbroken.json(...args);
  expect(reference.code).toBe(0);
  // digests cover the seal, and so the key that signed it: both projects have the same owner
  await cp(join(unbroken.home, "store", "keys"), join(broken.home, "store", "keys"), { recursive: true });

  const started = await broken.json(...args, "--detach");
  const runId = String(started.values[0]?.runId);
  const services = () => servicesOf(broken.home);
  await trainsBeyond(100, runId, 1);
  kill(...(await processesWith("crisol_trainer.training.train", broken.home)));
  await trainsBeyond(200, runId, 2);
  kill((await services()).worker);
  await trainsBeyond(300, runId, 3);
  const { server } = await services();
  kill(server);
  await expect.poll(services, { timeout: 30_000 }).not.toMatchObject({ server });
  await trainsBeyond(400, runId, 3);
  kill(...Object.values(await services()), ...(await processesWith("crisol_trainer.training.train", broken.home)));
  const resumed = await broken.json("resume", runId);

  expect(resumed.code).toBe(0);
  expect(resumed.values.at(-1)?.outputs).toEqual(reference.values.at(-1)?.outputs);

  const store = await openStore({ directory: `${broken.home}/store` });
  const attempts = new Map<string, number>();
  const steps: number[] = [];
  for await (const event of store.runs.events(runId)) {
    if (event.type === "attempt") attempts.set(event.node, (attempts.get(event.node) ?? 0) + 1);
    if (event.type === "log" && event.message.startsWith("going on from the checkpoint"))
      steps.push(Number(/\d+/.exec(event.message)?.[0]));
  }
  const { stages } = (await broken.json("status", runId)).values[0] as { stages: { name: string; attempts: number }[] };
  expect(Object.fromEntries(stages.map(({ name, attempts }) => [name, attempts]))).toEqual(Object.fromEntries(attempts));
  const { train, ...others } = Object.fromEntries(attempts);
  expect(train).toBeGreaterThan(3);
  expect(Object.values(others)).toEqual(Object.values(others).map(() => 1));
  expect(steps.length).toBeGreaterThan(2);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(await processesWith("crisol_trainer", broken.home)).toEqual([]);
}, 600_000);

it("ends as failed, with the figures, when the gate rejects the model", async () => {
  const { code, values } = await unbroken.json("run", "informes", "--set", "steps=1500", "--set", "bitsPerByte=0.01");
  expect(code).toBe(1);
  const last = values.at(-1) as unknown as { status: string; errors: { name: string; code: string; what: string }[] };
  expect(last.status).toBe("failed");
  expect(last.errors).toMatchObject([{ name: "gate", code: "REJECTED" }]);
  expect(last.errors[0]?.what).toMatch(/bits per byte .* not below 0\.01/);
}, 120_000);

it("leaves no long history, and nothing large but the plan in any", async () => {
  for (const project of [unbroken, broken]) await checkHistories(project);
});
