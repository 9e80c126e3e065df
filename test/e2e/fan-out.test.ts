/** Stages that map over shards: what runs when data is added, when a worker dies, when a shard throws; and what thousands of them cost. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { ShardRecord } from "../../schemas/record.ts";
import { openStore, type Store } from "../../store/store.ts";
import { corpusFile, pipelines, stagesFile } from "./fan-out-stages.ts";
import { checkHistories, clientOf } from "./histories.ts";
import { kill, servicesOf } from "./processes.ts";
import { makeProject, type Project } from "./project.ts";

const FILES = 40;
const MANY = 10_000;
/** The most milliseconds that a shard takes, such that 40 of them are more than one activity's work. */
const slowly = ["--set", "upTo=300"];

const data = (n: number) => `data/${String(n).padStart(3, "0")}.jsonl`;
const corpus = Object.fromEntries(Array.from({ length: FILES }, (_, n) => [data(n), corpusFile(n)]));

let project: Project;
let store: Store;
beforeAll(async () => {
  project = await makeProject({ ...pipelines, "stages/shards.ts": stagesFile, ...corpus });
  store = await openStore({ directory: join(project.home, "store") });
});
afterAll(() => project.remove());

/** A log of the documents that `mark` has processed, and runs of the pipeline that write it. */
function logged(name: string, of = project) {
  const log = join(of.folder, `${name}.log`);
  const args = (more: readonly string[]) => ["marks", "--set", `log=${log}`, ...more];
  return {
    run: async (...more: string[]) => last((await of.json("run", ...args(more))).values),
    start: async (...more: string[]) => String((await of.json("run", ...args(more), "--detach")).values[0]?.runId),
    sources: async () => (await readFile(log, "utf8").catch(() => "")).split("\n").filter((line) => line !== ""),
    clear: () => rm(log, { force: true }),
    /** Let `mark` throw at the document of a file, or no longer. */
    spoil: (n: number) => writeFile(`${log}.${2 * n}`, ""),
    repair: (n: number) => rm(`${log}.${2 * n}`),
  };
}

interface Last {
  readonly runId: string;
  readonly status: string;
  readonly errors?: readonly { readonly name: string; readonly what: string; readonly where: string }[];
}
const last = (values: readonly Record<string, unknown>[]) => values.at(-1) as unknown as Last;

/** The contents of the newest run's outputs, however they were produced. */
async function contents(of = project): Promise<Record<string, string>> {
  const { outputs } = (await of.json("status")).values[0] as { outputs: Record<string, { content: string }> };
  return Object.fromEntries(Object.entries(outputs).map(([name, { content }]) => [name, content]));
}

async function records(): Promise<ShardRecord[]> {
  const found: ShardRecord[] = [];
  for await (const key of store.shardRecords.keys()) found.push((await store.shardRecords.get(key)) ?? expect.unreachable());
  return found;
}

/** How many shards of each stage are on record. */
async function recorded(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { ingredients } of await records()) counts[ingredients.stage] = (counts[ingredients.stage] ?? 0) + 1;
  return counts;
}

/** The documents in the records of `mark` with this log. */
async function marked(log: string): Promise<string[]> {
  const all = await records();
  const of = all.filter(({ ingredients }) => ingredients.stage === "mark" && String(ingredients.params.log).endsWith(`${log}.log`));
  return of.flatMap(({ report }) => report.metrics?.sources as string[]);
}

const source = (n: number) => `${data(n)}#0`;

it("runs one shard of each mapped stage when a file is added, and ends with the result of a run from scratch", async () => {
  const log = logged("added");
  expect((await log.run()).status).toBe("completed");
  expect((await log.sources()).toSorted()).toEqual(Array.from({ length: FILES }, (_, n) => source(n)));
  const mapped = ["ingest", "clean", "even", "mark", "letters"];
  expect(await recorded()).toEqual(Object.fromEntries(mapped.map((stage) => [stage, FILES])));

  await project.write({ "data/017b.jsonl": corpusFile(100) });
  await log.clear();
  expect((await log.run("--relock")).status).toBe("completed");
  expect(await log.sources()).toEqual(["data/017b.jsonl#0"]);
  expect(await recorded()).toEqual(Object.fromEntries(mapped.map((stage) => [stage, FILES + 1])));

  const scratch = await makeProject({
    ...pipelines,
    "stages/shards.ts": stagesFile,
    ...corpus,
    "data/017b.jsonl": corpusFile(100),
  });
  onTestFinished(() => scratch.remove());
  expect((await logged("added", scratch).run()).status).toBe("completed");
  expect(await contents()).toEqual(await contents(scratch));
  await rm(join(project.folder, "data/017b.jsonl"));
});

it("distributes slow shards over their own workflows, and joins them in order, whatever order they end in", async () => {
  const quick = logged("quick");
  expect((await quick.run("--relock")).status).toBe("completed");
  const expected = await contents();
  const slow = logged("slow");
  const { runId, status } = await slow.run(...slowly);
  expect(status).toBe("completed");
  expect(await contents()).toEqual(expected);
  const sources = await slow.sources();
  expect(sources).not.toEqual(sources.toSorted());
  expect(sources.toSorted()).toEqual((await quick.sources()).toSorted());

  const { client, close } = await clientOf(project);
  onTestFinished(close);
  const children = await Array.fromAsync(client.workflow.list({ query: `WorkflowType = "runShards"` }));
  const own = children.filter(({ workflowId }) => workflowId.startsWith(`${runId}/mark/`));
  expect(own.map((child) => child.status.name)).toEqual(own.map(() => "COMPLETED"));
  expect(own.length).toBeGreaterThan(0);
});

it("reruns only the shards that were not on record when its worker was killed", async () => {
  const log = logged("killed");
  const runId = await log.start(...slowly);
  await expect.poll(async () => (await log.sources()).length, { timeout: 60_000, interval: 20 }).toBeGreaterThan(12);
  kill((await servicesOf(project.home)).worker);
  const before = await marked("killed");
  expect(before.length).toBeLessThan(FILES);
  await expect
    .poll(async () => ((await project.json("status", runId)).values[0] as { status: string }).status, { timeout: 60_000 })
    .toBe("completed");
  const times = Map.groupBy(await log.sources(), (source) => source);
  expect(times.size).toBe(FILES);
  // a shard put on record at the very moment of the kill may be in neither list
  expect(before.filter((source) => times.get(source)?.length !== 1)).toEqual([]);
  const again = [...times].filter(([, runs]) => runs.length > 1);
  expect(again.length).toBeLessThanOrEqual(3);
});

it("is blocked by a shard that throws when all others are done, names it, and runs what is missing when it is resumed", async () => {
  const log = logged("spoilt");
  await log.spoil(17);
  const blocked = await log.run();
  expect(blocked).toMatchObject({
    status: "blocked",
    errors: [{ name: "mark", what: expect.stringContaining(`no mark for ${source(17)}`) }],
  });
  expect(blocked.errors?.[0]?.where).toContain("shard 17 (documents/00017.jsonl.zst)");
  expect(blocked.errors?.[0]?.where).toContain(`last document read: ${source(17)}`);
  expect((await marked("spoilt")).length).toBe(FILES - 1);

  await log.repair(17);
  await log.clear();
  expect(last((await project.json("resume", blocked.runId, "--retry")).values).status).toBe("completed");
  expect(await log.sources()).toEqual([source(17)]);
});

it("tries only a few shards when all throw", async () => {
  const log = logged("rotten");
  for (let n = 0; n < FILES; n += 1) await log.spoil(n);
  const blocked = await log.run();
  expect(blocked).toMatchObject({
    status: "blocked",
    errors: [{ what: expect.stringMatching(/^40 of 40 shards were not computed; .*no mark for/) }],
  });
  expect(await log.sources()).toEqual([0, 1, 2].map(source));
});

it("reports how many shards are missing, wherever they ran, and runs all again with other code", async () => {
  const log = logged("several");
  for (const n of [3, 20, 37]) await log.spoil(n);
  const blocked = await log.run(...slowly);
  expect(blocked).toMatchObject({
    status: "blocked",
    errors: [{ what: expect.stringMatching(/^3 of 40 shards were not computed; .*no mark for/) }],
  });
  expect(blocked.errors?.[0]?.where).toMatch(/^shard \d+ \(documents\/000\d\d\.jsonl\.zst\) of stage mark/);
  expect((await marked("several")).length).toBe(FILES - 3);

  for (const n of [3, 20, 37]) await log.repair(n);
  await log.clear();
  await project.write({ "stages/shards.ts": stagesFile.replace("no mark for", "not a mark for") });
  expect(last((await project.json("resume", blocked.runId)).values).status).toBe("completed");
  expect((await log.sources()).toSorted()).toEqual(Array.from({ length: FILES }, (_, n) => source(n)));
  await project.write({ "stages/shards.ts": stagesFile });
});

it("recreates a damaged shard, and no other", async () => {
  const log = logged("damaged");
  expect((await log.run("--relock")).status).toBe("completed");
  const expected = await contents();
  await log.clear();
  const [damaged] = (await records()).filter(
    ({ ingredients, report }) =>
      ingredients.stage === "mark" &&
      String(ingredients.params.log).endsWith("damaged.log") &&
      String(report.metrics?.sources) === source(11),
  );
  const blob = damaged?.outputs.documents?.files[0]?.sha256 ?? expect.unreachable();
  const path = join(project.home, "store", "blobs", blob.slice(0, 2), blob);
  await rm(path);
  await writeFile(path, "not what it was");
  expect((await log.run()).status).toBe("completed");
  expect(await log.sources()).toEqual([source(11)]);
  expect(await contents()).toEqual(expected);
});

it("continues in a new history when its shards' history has grown long", async () => {
  const log = logged("long");
  const { runId } = await log.run("--relock");
  for (const { key, ingredients } of await records()) if (ingredients.stage === "mark") await store.shardRecords.free(key);
  await log.clear();
  const { planDigest } = await store.runs.get(runId);
  const { client, close } = await clientOf(project);
  onTestFinished(close);
  const { taskQueue } = await client.workflow.getHandle(runId).describe();
  const place = { runId, planDigest, node: "mark", stage: "mark", resource: "cpu", queue: taskQueue.replace(/-cpu$/, "") };
  const left = [
    { from: 0, to: 10 },
    { from: 12, to: FILES },
  ];
  const handle = await client.workflow.start("runShards", {
    workflowId: "long",
    taskQueue,
    args: [{ ...place, seconds: 5, left, failed: 1, atOnce: 4, longestHistory: 10 }],
  });
  expect(await handle.result()).toEqual({ failed: 1 });
  const first = await client.workflow.getHandle("long", handle.firstExecutionRunId).fetchHistory();
  expect(first.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
  const wanted = Array.from({ length: FILES }, (_, n) => source(n)).filter((_, n) => n !== 10 && n !== 11);
  expect((await log.sources()).toSorted()).toEqual(wanted);
});

it("maps over thousands of shards with memory that does not grow", async () => {
  const many = Array.from({ length: MANY }, (_, n) => [`many/${n}.txt`, `file ${n}\n`]);
  await project.write(Object.fromEntries(many));
  const runId = String((await project.json("run", "nothing", "--detach")).values[0]?.runId);
  const { worker } = await servicesOf(project.home);
  const held: number[] = [];
  for await (const event of store.runs.follow(runId, AbortSignal.timeout(300_000))) {
    if (event.type === "state" && event.state.status !== "running") break;
    if (event.type !== "progress" || event.progress.done < ((held.length + 1) * MANY) / 5) continue;
    held.push(await megabytes(worker));
  }
  expect(held.length).toBeGreaterThan(3);
  // some of it is garbage that has not been collected yet
  expect((held.at(-1) ?? 0) - (held[0] ?? 0)).toBeLessThan(100);
  expect((await store.runs.state(runId)).status).toBe("completed");
  expect((await recorded()).nothing).toBe(MANY);
}, 400_000);

/** Megabytes that a process and its children hold. */
async function megabytes(pid: number): Promise<number> {
  let kilobytes = 0;
  for (const id of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
    const number = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
    if (Number(id) === pid || number("PPid") === pid) kilobytes += number("VmRSS");
  }
  return kilobytes / 1000;
}

it("leaves no long history, and nothing large but the plan in any", async () => {
  const { types } = await checkHistories(project);
  expect(types.runShards).toBeGreaterThan(3);
});
