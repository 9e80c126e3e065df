/** Processes that stand still: they compute nothing, and do not end. Each is noticed, its work is resumed, and it does no harm when it wakes up. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../store/store.ts";
import { kill, servicesOf } from "./processes.ts";
import { makeProject, type Project } from "./project.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

const stages = `
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout } from "node:timers/promises";
import { defineStage, output, port, z } from "crisol";

export const patient = defineStage(import.meta, {
  name: "patient",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  params: z.strictObject({ flags: z.string() }),
  async run(context, { flags }) {
    const flag = (name: string) => join(flags, name + "-" + process.pid);
    appendFileSync(join(flags, "attempts"), process.pid + "\\n");
    // ignores the signal, as a stage may
    while (!existsSync(flag("go"))) await setTimeout(50);
    await context.outputs.report.write("report.json", JSON.stringify({ by: process.pid }));
    writeFileSync(flag("wrote"), "");
    return {};
  },
});
`;

const pipeline = `
import { definePipeline, files, z } from "crisol";
import { patient } from "../stages/patient.ts";

export default definePipeline({
  name: "patient",
  params: z.object({ flags: z.string() }),
  build: ({ flags }) => ({ report: patient(files("data/*.txt"), { flags }) }),
});
`;

let project: Project;
let woken: number[];

beforeEach(async () => {
  project = await makeProject({ "data/a.txt": "1\n", "flags/none": "", "stages/patient.ts": stages, "pipelines/patient.ts": pipeline });
  woken = [];
});
afterEach(async () => {
  kill(...woken);
  await project.remove();
});

function stop(...ids: readonly number[]): void {
  woken.push(...ids);
  for (const id of ids) process.kill(id, "SIGSTOP");
}

const flag = (name: string, of: number) => join(project.folder, "flags", `${name}-${of}`);
const letGo = (host: number) => writeFileSync(flag("go", host), "");

/** Start a run, and return the host of its first attempt. */
async function start(): Promise<number> {
  await project.json("run", "patient", "--detach", "--set", `flags=${join(project.folder, "flags")}`);
  return attempt(1);
}

/** The host of an attempt, once it is at work. */
async function attempt(number: number): Promise<number> {
  const file = join(project.folder, "flags", "attempts");
  const hosts = () => (existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").map(Number) : []);
  await expect.poll(() => hosts().length, { timeout: 300_000, interval: 50 }).toBeGreaterThanOrEqual(number);
  return hosts()[number - 1] ?? 0;
}

interface Status {
  readonly runId: string;
  readonly status: string;
  readonly stages: readonly { readonly attempts: number; readonly status: string }[];
  readonly outputs: { readonly report: { readonly digest: string } };
}

async function completed(): Promise<Status> {
  const status = async () => (await project.json("status")).values[0] as unknown as Status;
  await expect.poll(async () => (await status()).status, { timeout: 60_000, interval: 200 }).toBe("completed");
  return status();
}

/** The host that produced the run's output, according to its artifact. */
async function maker({ outputs }: Status): Promise<number> {
  const { stdout } = await project.crisol("artifacts", "path", outputs.report.digest, "--file", "report.json");
  return (JSON.parse(await readFile(stdout.trim(), "utf8")) as { by: number }).by;
}

/** Stop the run's worker for good, with no supervisor to replace it; a worker in the foreground takes over. */
async function replaceByHand(): Promise<{ readonly zombie: number; readonly end: () => Promise<unknown> }> {
  const { worker: zombie, supervisor } = await servicesOf(project.home);
  stop(zombie);
  kill(supervisor);
  const { address } = JSON.parse(await readFile(join(project.home, "services.json"), "utf8")) as { address: string };
  const replacement = spawn(process.execPath, [join(root, "bin/crisol.mjs"), "worker", "--address", address], {
    cwd: project.folder,
    stdio: "ignore",
  });
  const ended = once(replacement, "close");
  const end = () => {
    replacement.kill("SIGTERM");
    return ended;
  };
  return { zombie, end };
}

/** Let processes that stood still continue. */
function wake(...ids: readonly number[]): void {
  for (const id of ids) process.kill(id, "SIGCONT");
}

async function gone(...ids: readonly number[]): Promise<void> {
  await expect.poll(() => ids.filter((id) => existsSync(`/proc/${id}`)), { timeout: 90_000 }).toEqual([]);
}

test("a host that stands still is noticed, and its stage is started again", async () => {
  const host = await start();
  stop(host);
  const second = await attempt(2);
  letGo(second);
  const status = await completed();
  expect(status.stages).toMatchObject([{ attempts: 2, status: "done" }]);
  expect(await maker(status)).toBe(second);
  const { runs } = await openStore({ directory: join(project.home, "store") });
  const events = await Array.fromAsync(runs.events(status.runId));
  expect(events.filter(({ type }) => type === "attemptFailed")).toMatchObject([
    { retry: true, error: { code: "HOST_CRASHED", what: "the host gave no sign of life for 30 s and was killed" } },
  ]);
  expect(existsSync(`/proc/${host}`)).toBe(false);
});

test("a worker that stands still is replaced, and its attempt is resumed", async () => {
  const host = await start();
  const { worker } = await servicesOf(project.home);
  stop(worker);
  const second = await attempt(2);
  letGo(second);
  expect(await maker(await completed())).toBe(second);
  expect(existsSync(`/proc/${host}`)).toBe(false);
  expect((await servicesOf(project.home)).worker).not.toBe(worker);
  expect(await readFile(join(project.home, "logs", "supervisor.log"), "utf8")).toContain("worker ended: no sign of life for 20 s");
});

test("a worker that stands still and is not ended is taken over from, and changes nothing when it wakes up", async () => {
  const host = await start();
  const { zombie, end } = await replaceByHand();
  stop(host);
  // for a minute, the server keeps handing tasks to the polls that the worker left open
  const second = await attempt(2);
  letGo(second);
  const before = await completed();
  letGo(host);
  wake(host);
  await expect.poll(() => existsSync(flag("wrote", host)), { timeout: 30_000 }).toBe(true);
  wake(zombie);
  await gone(host, zombie);
  expect(await completed()).toEqual(before);
  expect(await maker(before)).toBe(second);
  const { records } = await openStore({ directory: join(project.home, "store") });
  expect((await Array.fromAsync(records.list())).map(({ outputs }) => outputs.report?.digest)).toEqual([before.outputs.report.digest]);
  await end();
});
