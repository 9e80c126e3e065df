/** A bit flipped in each kind of object in the store, or half of it gone: it is noticed, never used, and recreated where possible. */
import { chmod, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { StageRecord } from "../../schemas/record.ts";
import { openStore, type Store } from "../../store/store.ts";
import { makeProject, type Project } from "./project.ts";

/** A file of this size forms its own shard. */
const shard = 49 * 2 ** 20;

const stages = `
import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { defineStage, output, port, z } from "crisol";

export const sizes = defineStage(import.meta, {
  name: "sizes",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  params: z.strictObject({}),
  map: "from",
  async run(context) {
    const { files } = context.inputs.from.manifest;
    for (const { path, bytes } of files) await context.outputs.report.write(path, String(bytes));
    return { in: files.length, out: files.length };
  },
  async reduce(context, parts) {
    const read = parts.flatMap(({ outputs }) => outputs.report.manifest.files.map(({ path }) => outputs.report.text(path)));
    await context.outputs.report.write("report.json", JSON.stringify((await Promise.all(read)).map(Number)));
    return { in: parts.length, out: 1 };
  },
});

export const total = defineStage(import.meta, {
  name: "total",
  inputs: { sizes: port("report") },
  outputs: { report: output("report") },
  params: z.strictObject({ waitsFor: z.string().default("") }),
  async run(context, { waitsFor }) {
    const saved = await context.checkpoints.load();
    context.log("info", "goes on from " + (saved?.step ?? "the beginning"));
    for (let step = saved?.step ?? 0; step < 3; step += 1) await context.checkpoints.save({ step }, step + 1);
    while (waitsFor !== "" && !existsSync(waitsFor)) await setTimeout(50, undefined, { signal: context.signal });
    const sizes = JSON.parse(await context.inputs.sizes.text("report.json")) as number[];
    await context.outputs.report.write("report.json", JSON.stringify({ total: sizes.reduce((a, b) => a + b, 0) }));
    return { in: sizes.length, out: 1 };
  },
});
`;

const pipeline = `
import { definePipeline, files, z } from "crisol";
import { sizes, total } from "../stages/sums.ts";

export default definePipeline({
  name: "sums",
  params: z.object({ waitsFor: z.string().default("") }),
  build: ({ waitsFor }) => ({ report: total(sizes(files("data/*.bin")), { waitsFor }) }),
});
`;

let project: Project;
let store: Store;
let outputs: unknown;

beforeAll(async () => {
  project = await makeProject({ "stages/sums.ts": stages, "pipelines/sums.ts": pipeline, "data/a.bin": "", "data/b.bin": "" });
  await truncate(join(project.folder, "data/a.bin"), shard);
  await truncate(join(project.folder, "data/b.bin"), shard + 1);
  store = await openStore({ directory: join(project.home, "store") });
  const { code, values } = await project.json("run", "sums");
  expect(code).toBe(0);
  outputs = values.at(-1)?.outputs;
});
afterAll(() => project.remove());

/** Run again, and return what ran, with the shards. */
async function again(...args: string[]) {
  const { code, values } = await project.json("run", "sums", ...args);
  const done = values.filter(({ type, status }) => type === "stage" && status === "done");
  return { code, ran: done.filter(({ cached }) => cached === false).map(({ name }) => name), outputs: values.at(-1)?.outputs };
}

async function record(name: string): Promise<StageRecord> {
  const found = (await Array.fromAsync(store.records.list())).find(({ node }) => node === name);
  if (found === undefined) throw new Error(`no record of ${name}`);
  return found;
}

const object = (folder: "blobs" | "records" | "shards", digest: string) =>
  join(store.location.directory, folder, digest.slice(0, 2), folder === "blobs" ? digest : `${digest}.json`);

async function manifestOf(name: string) {
  const { outputs } = await record(name);
  const { digest } = outputs.report ?? {};
  if (digest === undefined) throw new Error(`${name} has no report`);
  return { digest, manifest: await store.artifacts.manifest(digest) };
}

/** Where one object of each kind is. */
const find = {
  blob: async () => object("blobs", (await manifestOf("total")).manifest.files[0]?.sha256 ?? ""),
  manifest: async () => object("blobs", (await manifestOf("total")).digest),
  record: async () => object("records", (await record("total")).key),
  "record of a stage over shards": async () => object("records", (await record("sizes")).key),
  "list of shards": async () => object("blobs", (await record("sizes")).shards ?? ""),
  "record of a shard": async () => object("shards", (await store.shardRecords.listed(await record("sizes")))[0] ?? ""),
  "code package": async () => object("blobs", (await record("total")).code ?? ""),
  plan: async () => object("blobs", (await Array.fromAsync(store.runs.list())).at(-1)?.planDigest ?? ""),
};

const flip = async (path: string) => {
  await chmod(path, 0o644);
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(path, bytes);
};
const halve = async (path: string) => {
  await chmod(path, 0o644);
  await truncate(path, Math.floor((await readFile(path)).length / 2));
};

const table: readonly (readonly [keyof typeof find, readonly string[]])[] = [
  ["blob", ["total"]],
  ["manifest", ["total"]],
  ["record", ["total"]],
  // no longer needed by a finished stage
  ["record of a shard", []],
  ["list of shards", []],
  ["record of a stage over shards", ["sizes"]],
  // rewritten by planning
  ["code package", []],
  ["plan", []],
];

it.each(
  table.flatMap(([kind, ran]) => [
    { kind, how: "a flipped bit in", ran, damage: flip },
    { kind, how: "half of", ran, damage: halve },
  ]),
)("$how a $kind: runs $ran again, and gives the same", async ({ kind, ran, damage }) => {
  await damage(await find[kind]());
  expect(await again()).toEqual({ code: 0, ran, outputs });
  expect(await again()).toEqual({ code: 0, ran: [], outputs });
});

it("a flipped bit in the record of a shard: only that shard runs again when the stage does", async () => {
  await flip(await find["record of a shard"]());
  await flip(await find["record of a stage over shards"]());
  expect(await again()).toEqual({ code: 0, ran: ["sizes"], outputs });
  const { runId } = (await Array.fromAsync(store.runs.list())).at(-1) ?? { runId: "" };
  const journal = await readFile(join(store.location.directory, "runs", runId, "events.jsonl"), "utf8");
  const shards = journal.split("\n").filter((line) => line.includes('"type":"shards"'));
  // shards that have records are reported first
  expect(shards.map((line) => /"from":(\d),"to":(\d).*"ran":(\w+)/.exec(line)?.slice(1)).toSorted()).toEqual([
    ["0", "1", "true"],
    ["1", "2", "false"],
  ]);
});

it("a flipped bit in a line of the journal: the line is skipped, and what is done stays done", async () => {
  const { runId } = (await Array.fromAsync(store.runs.list())).at(-1) ?? { runId: "" };
  const path = join(store.location.directory, "runs", runId, "events.jsonl");
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  const last = lines.at(-1) ?? "";
  await writeFile(path, `${[...lines.slice(0, -1), last.replace("completed", "complfted")].join("\n")}\n`);
  const status = await project.json("status", runId);
  expect(status.values).toMatchObject([{ runId, status: "running", stages: [{ status: "done" }, { status: "done" }] }]);
  const resumed = await project.json("resume", runId);
  expect([resumed.code, resumed.values.at(-1)?.outputs]).toEqual([0, outputs]);
});

it("a flipped bit in a run's file: gc names it and frees nothing, and the pipeline runs all the same", async () => {
  const { runId } = (await Array.fromAsync(store.runs.list())).at(-1) ?? { runId: "" };
  const path = join(store.location.directory, "runs", runId, "run.json");
  const whole = await readFile(path);
  await flip(path);
  expect(await project.json("status", runId)).toMatchObject({ code: 2, values: [{ code: "NOT_FOUND" }] });
  expect(await project.json("gc")).toMatchObject({ code: 1, values: [{ code: "ARTIFACT_DAMAGED", where: path }] });
  expect(await again()).toEqual({ code: 0, ran: [], outputs });
  await writeFile(path, whole);
});

/** Start a run whose last stage has saved its states and waits; returns what lets it continue. */
async function waiting(name: string) {
  const waitsFor = join(project.folder, name);
  const set = ["--set", `waitsFor=${waitsFor}`];
  const { values } = await project.json("run", "sums", "--detach", ...set);
  const runId = String(values[0]?.runId);
  await expect
    .poll(async () => JSON.stringify((await project.json("logs", runId)).values), { timeout: 60_000 })
    .toContain("checkpoint of step 3");
  return { runId, letGo: () => writeFile(waitsFor, "") };
}

/** All that a run has logged: a run that continues as soon as its services are up may be done before a command follows it. */
async function saidBy(runId: string): Promise<string[]> {
  return (await project.json("logs", runId)).values.map(({ message }) => String(message));
}

it("a flipped bit in a head: the saved state is not found, and the stage starts over", async () => {
  const { runId, letGo } = await waiting("head");
  await project.crisol("down");
  for (const { name } of await Array.fromAsync(store.heads.list("checkpoints/")))
    await flip(join(store.location.directory, "heads", `${name}.json`));
  await letGo();
  expect((await project.json("resume", runId)).code).toBe(0);
  const said = (await saidBy(runId)).filter((message) => message.startsWith("goes on from"));
  expect(said).toEqual(["goes on from the beginning", "goes on from the beginning"]);
});

it("a flipped bit in a saved state: the stage continues from the one before, and says so", async () => {
  const { runId, letGo } = await waiting("state");
  await project.crisol("down");
  const states = (await Array.fromAsync(store.heads.list("checkpoints/"))).map(
    ({ head }) => head.value as { saved: { step: number; files: { sha256: string }[] }[] },
  );
  const newest = states.flatMap(({ saved }) => saved).find(({ step }) => step === 3);
  await flip(object("blobs", newest?.files[0]?.sha256 ?? ""));
  await letGo();
  expect((await project.json("resume", runId)).code).toBe(0);
  const said = await saidBy(runId);
  expect(said).toContainEqual(expect.stringMatching(/^checkpoint of step 3 is damaged .*: going back to the one before/));
  expect(said).toContain("goes on from 2");
});

it("a flipped bit in the code of a stage that has yet to run: the run is blocked, and a resume rewrites it", async () => {
  const { runId, letGo } = await waiting("code");
  await project.crisol("down");
  await flip(await find["code package"]());
  await letGo();
  const blocked = await project.json("watch", runId);
  expect(blocked).toMatchObject({
    code: 1,
    values: expect.arrayContaining([
      expect.objectContaining({ type: "result", status: "blocked", errors: [expect.objectContaining({ code: "ARTIFACT_DAMAGED" })] }),
    ]),
  });
  expect((await project.json("resume", runId)).code).toBe(0);
});
