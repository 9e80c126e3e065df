/** `crisol chaos`: what it proves when all is well, what it reports when it is not, and that it leaves nothing behind. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { corpus } from "./corpus.ts";
import { makeProject, type Project } from "./project.ts";
import { trainingPipeline } from "./training-pipeline.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** A file of this size forms its own shard. */
const shard = 49 * 2 ** 20;

const stages = `
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { defineStage, output, port, z } from "crisol";

export const sizes = defineStage(import.meta, {
  name: "sizes",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  map: "from",
  params: z.strictObject({ seconds: z.number() }),
  async run(context, { seconds }) {
    await setTimeout(1000 * seconds, undefined, { signal: context.signal });
    const { files } = context.inputs.from.manifest;
    for (const { path, bytes } of files) await context.outputs.report.write(path, String(bytes));
    return { in: files.length, out: files.length };
  },
  async reduce(context, parts) {
    const files = parts.flatMap(({ outputs }) => outputs.report.manifest.files.map(({ path }) => path));
    await context.outputs.report.write("report.json", JSON.stringify(files));
    return { in: parts.length, out: 1 };
  },
});

export const dice = defineStage(import.meta, {
  name: "dice",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  params: z.strictObject({ loaded: z.boolean() }),
  async run(context, { loaded }) {
    if (loaded) throw new Error("the dice are loaded");
    await setTimeout(500, undefined, { signal: context.signal });
    await context.outputs.report.write("report.json", JSON.stringify(randomUUID()));
    return {};
  },
});
`;

const sizesPipeline = `
import { definePipeline, files } from "crisol";
import { sizes } from "../stages/odd.ts";

export default definePipeline({ name: "sizes", build: () => ({ report: sizes(files("data/*.bin"), { seconds: 0.25 }) }) });
`;

const dicePipeline = `
import { definePipeline, files, z } from "crisol";
import { dice } from "../stages/odd.ts";

export default definePipeline({
  name: "dice",
  params: z.object({ loaded: z.boolean().default(false) }),
  build: ({ loaded }) => ({ report: dice(files("data/*.jsonl"), { loaded }) }),
});
`;

let project: Project;
/** Where temporary homes are created, which also identifies their processes. */
let temporary: string;

beforeAll(async () => {
  project = await makeProject({
    "pipelines/informes.ts": trainingPipeline,
    "data/informes.jsonl": corpus(150),
    "stages/odd.ts": stages,
    "pipelines/sizes.ts": sizesPipeline,
    "pipelines/dice.ts": dicePipeline,
  });
  for (let index = 0; index < 10; index += 1) {
    const file = join(project.folder, "data", `${index}.bin`);
    await writeFile(file, "");
    await truncate(file, shard + index);
  }
  temporary = join(project.folder, "temporary");
  await mkdir(temporary);
});
afterAll(() => project.remove());

interface Report {
  readonly ok: boolean;
  readonly kills: number;
  readonly file: string;
  readonly kept?: readonly string[];
  readonly runs: readonly { readonly kills: readonly { readonly pids: readonly number[]; readonly target: string }[] }[];
  readonly checks: readonly { readonly name: string; readonly problems: readonly string[] }[];
}

async function chaos(...args: string[]): Promise<{ readonly code: number | null; readonly report: Report; readonly lines: number }> {
  const { code, stdout } = await project.with({ TMPDIR: temporary }, "chaos", ...args, "--json");
  const values = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string });
  return { code, report: values.at(-1) as unknown as Report, lines: values.filter(({ type }) => type === "kill").length };
}

async function homes(): Promise<string[]> {
  return (await readdir(temporary)).filter((name) => name.startsWith("crisol-"));
}

/** Processes that were started with the temporary folder of this test. */
async function left(): Promise<string[]> {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const environment = await readFile(`/proc/${id}/environ`, "utf8").catch(() => "");
      return environment.split("\0").includes(`TMPDIR=${temporary}`) ? [await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")] : [];
    }),
  );
  return found.flat();
}

it("breaks a training again and again, finds that every assertion holds, and leaves a report and nothing else", async () => {
  const { code, report, lines } = await chaos("informes", "--kills", "6", "--seed", "4", "--set", "steps=150");
  expect(report.checks).toEqual(report.checks.map((check) => ({ ...check, problems: [] })));
  expect(report.checks.map(({ name }) => name).toSorted()).toEqual(["finished", "outputs", "processes", "recovery", "store", "training"]);
  expect([code, report.ok, report.kills, lines]).toEqual([0, true, 6, 6]);
  expect(report.runs.flatMap(({ kills }) => kills).every(({ pids }) => pids.length > 0)).toBe(true);
  expect(JSON.parse(await readFile(report.file, "utf8"))).toMatchObject({ seed: 4, kills: 6, ok: true });
  expect(await readFile(report.file.replace(/json$/, "txt"), "utf8")).toMatch(
    /6\/6 {2}\w+ \([\d, ]+\) at .*\n✓ work resumed after every kill/,
  );
  expect([await homes(), await left()]).toEqual([[], []]);
});

it("breaks a stage over shards, and finds that none ran twice", async () => {
  const { code, report } = await chaos("sizes", "--kills", "6", "--seed", "2");
  expect(report.checks.flatMap(({ problems }) => problems)).toEqual([]);
  expect([code, report.kills]).toEqual([0, 6]);
});

it("fails when a broken run ends differently, names the first stage that differs, and keeps the home without its processes", async () => {
  const { code, report } = await chaos("dice", "--kills", "1", "--seed", "1");
  expect([code, report.ok]).toEqual([1, false]);
  const { outputs, ...others } = Object.fromEntries(report.checks.map(({ name, problems }) => [name, problems]));
  expect(outputs).toEqual([
    expect.stringMatching(/^output report is [0-9a-f]{64}, unbroken it was .*; the first stage to differ is dice$/),
  ]);
  expect(Object.values(others).flat()).toEqual([]);
  expect(report.kept).toHaveLength(1);
  expect(await readdir(report.kept?.[0] ?? "")).toContain("store");
  expect(await left()).toEqual([]);
});

it("ends what it started when it is interrupted", async () => {
  const args = [join(root, "bin/crisol.mjs"), "chaos", "sizes", "--kills", "20", "--seed", "1"];
  const before = await homes();
  const child = spawn(process.execPath, args, {
    cwd: project.folder,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  await expect.poll(() => said, { timeout: 120_000 }).toMatch(/ 2\/20 /);
  child.kill("SIGINT");
  expect((await once(child, "close"))[0]).toBe(130);
  expect([await homes(), await left()]).toEqual([before, []]);
});

it("says why it can't run: an external server, no kill, a pipeline that does not end by itself", async () => {
  const elsewhere = await project.with({ TEMPORAL_ADDRESS: "127.0.0.1:9" }, "chaos", "sizes");
  expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining("✖ CONFIG_INVALID  chaos kills the Temporal server") });
  expect(await project.crisol("chaos", "sizes", "--kills", "0")).toMatchObject({ code: 2, stderr: expect.stringContaining("1 or more") });
  const blocked = await project.with({ TMPDIR: temporary }, "chaos", "dice", "--set", "loaded=true");
  expect(blocked.stderr).toMatch(/STAGE_FAILED {2}the unbroken run is blocked: .*the dice are loaded\n.*where .*stage dice/);
  expect(blocked.code).toBe(1);
  expect(await left()).toEqual([]);
});
