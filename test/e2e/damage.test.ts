import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStore } from "../../store/store.ts";
import { corpus } from "./corpus.ts";
import { kill, processesWith, servicesOf } from "./processes.ts";
import { makeProject, type Project } from "./project.ts";
import { trainingPipeline } from "./training-pipeline.ts";

/** Enough steps for training to take some seconds. */
const long = ["--set", "steps=800"];
let project: Project;

beforeAll(async () => {
  project = await makeProject({
    "pipelines/informes.ts": trainingPipeline,
    "data/informes.jsonl": corpus(120),
    "data/otros.jsonl": corpus(20),
  });
});
afterAll(() => project.remove());

/** Flip the lowest bit of a byte in the middle of a file. */
async function flip(path: string): Promise<void> {
  await chmod(path, 0o644);
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

const blob = (digest: string) => join(project.home, "store", "blobs", digest.slice(0, 2), digest);

interface Stage {
  readonly name: string;
  readonly status: string;
  readonly progress: { readonly done: number } | null;
}

async function stage(name: string): Promise<Stage | undefined> {
  const { stages } = (await project.json("status")).values[0] as unknown as { stages: Stage[] };
  return stages.find((each) => each.name === name);
}

it("falls back to the checkpoint before a damaged one, says so, and ends with the same bytes", async () => {
  const started = await project.json("run", "informes", "--detach", ...long);
  await expect.poll(async () => (await stage("train"))?.progress?.done ?? 0, { timeout: 90_000, interval: 100 }).toBeGreaterThan(80);
  // all at once, so that nothing continues before the checkpoint is damaged
  kill(...Object.values(await servicesOf(project.home)), ...(await processesWith("crisol_trainer.training.train", project.home)));
  // until the host notices that its worker is gone, it may still publish a checkpoint
  await sleep(1_000);
  const store = await openStore({ directory: join(project.home, "store") });
  const [pointer] = await Array.fromAsync(store.heads.list("checkpoints/"));
  if (pointer === undefined) throw new Error("no checkpoint was published");
  const { saved } = pointer.head.value as unknown as { saved: { step: number; files: { path: string; sha256: string }[] }[] };
  await flip(blob(saved[0]?.files.find(({ path }) => path.includes("model"))?.sha256 ?? ""));

  const resumed = await project.json("resume", String(started.values[0]?.runId));
  expect(resumed.code).toBe(0);
  const logs = resumed.values.filter(({ type }) => type === "log").map(({ message }) => String(message));
  expect(logs).toContainEqual(expect.stringContaining(`checkpoint of step ${saved[0]?.step} is damaged`));
  expect(logs).toContain(`going on from the checkpoint of step ${saved[1]?.step}`);

  const unbroken = await makeProject({
    "pipelines/informes.ts": trainingPipeline,
    "data/informes.jsonl": corpus(120),
    "data/otros.jsonl": corpus(20),
  });
  try {
    expect((await unbroken.json("run", "informes", ...long)).code).toBe(0);
    const contents = async (of: Project) =>
      Object.entries((await of.json("status")).values[0]?.outputs as Record<string, { content: string }>).map(([output, { content }]) => [
        output,
        content,
      ]);
    expect(await contents(project)).toEqual(await contents(unbroken));
  } finally {
    await unbroken.remove();
  }
}, 300_000);

it("follows the checkpoint back to the raw files, offline, and names the first link that is broken", async () => {
  expect((await project.crisol("down")).code).toBe(0);
  const whole = await project.crisol("verify", "informes/checkpoint");
  expect([whole.code, whole.stdout]).toEqual([0, expect.stringContaining("follows from its raw files")]);

  const raw = join(project.folder, "data/otros.jsonl");
  const before = await readFile(raw);
  await flip(raw);
  const changed = await project.crisol("verify", "informes/checkpoint");
  expect(changed.code).toBe(1);
  expect(changed.stdout).toMatch(/the chain is broken at data\/otros\.jsonl/);
  await writeFile(raw, before);

  const [details] = (await project.json("artifacts", "show", "informes/tokenize")).values;
  const { files } = (details as unknown as { manifest: { files: { path: string; sha256: string }[] } }).manifest;
  const bin = files.find(({ path }) => path.endsWith(".bin"));
  await flip(blob(bin?.sha256 ?? ""));
  const damaged = await project.crisol("verify", "informes/checkpoint");
  expect(damaged.code).toBe(1);
  expect(damaged.stdout).toMatch(/the chain is broken at tokens\/00000\.bin \(artifact, stage tokenize\)/);
});

it("recreates a damaged artifact, and nothing else, when a run needs it", async () => {
  const { code, values } = await project.json("run", "informes", ...long);
  expect(code).toBe(0);
  const ran = values.filter((value) => value.type === "stage" && value.status === "done" && value.cached === false).map(({ name }) => name);
  expect(ran).toEqual(["tokenize"]);
  expect((await project.crisol("verify", "informes/checkpoint")).code).toBe(0);
}, 60_000);

it("refuses raw data that was changed after it was sealed, names the file, and runs nothing", async () => {
  await flip(join(project.folder, "data/informes.jsonl"));
  const refused = await project.crisol("run", "informes");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/SOURCE_CHANGED[\s\S]*data\/informes\.jsonl: changed: pinned sha256 [0-9a-f]{64}/);
});
