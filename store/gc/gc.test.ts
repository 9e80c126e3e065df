import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeMapHead } from "../../schemas/code-map.ts";
import { type Digest, digestOf } from "../../schemas/digest.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { ShardRecord } from "../../schemas/record.ts";
import type { RunStatus } from "../../schemas/run-state.ts";
import { smallChain } from "../../test/fixtures/small-chain.ts";
import { compute, outputOf } from "../../test/fixtures/stage-artifacts.ts";
import { blobFile, flipBit, someDigest, temporaryFolder, temporaryStore } from "../../test/fixtures/temporary-store.ts";
import type { Store } from "../store.ts";
import { verifyChain } from "../verify/verify-chain.ts";
import { codeProblem } from "../verify/verify-record.ts";
import { verifyStore } from "../verify/verify-store.ts";
import { gc } from "./gc.ts";

const longAgo = new Date("2020-01-01");

/** Make everything in the store look old. */
function age(store: Store): void {
  for (const folder of ["blobs", "records", "shards", "tmp", "claims"].filter((name) => existsSync(join(store.location.directory, name)))) {
    for (const entry of readdirSync(join(store.location.directory, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), longAgo, longAgo);
    }
  }
}

const emptyPlan: Plan = { version: 1, pipeline: "test", params: {}, sources: {}, nodes: [], outputs: {} };

async function run(
  store: Store,
  status: RunStatus,
  outputs: Record<string, ReturnType<typeof outputOf>>,
  plan: Plan = emptyPlan,
): Promise<Digest> {
  const { runId, planDigest } = await store.runs.create({ plan, projectFolder: "/" });
  const state = { runId, pipeline: "test", planDigest, status, nodes: [], outputs };
  await store.runs.append(runId, [{ type: "state", at: new Date().toISOString(), state }]);
  return planDigest;
}

const report = (store: Store, text: string) =>
  compute(store, {
    stage: `report-${text}`,
    inputs: [],
    kind: "report",
    write: async (output) => void (await output.write("report.json", text)),
  });

test("what a run's outputs were derived from stays, whole; the rest goes, once it is old", async () => {
  const [store, project] = [await temporaryStore(), temporaryFolder()];
  const chain = await smallChain(store, project);
  await run(store, "completed", { model: chain.model });
  const idle = await report(store, "idle");
  const { sha256: orphan } = await store.blobs.put("nobody's");

  expect((await gc(store)).freed).toMatchObject({ blobs: 0, records: 0 });
  age(store);
  const planned = await gc(store, { dryRun: true });
  expect(planned.freed).toMatchObject({ blobs: 5, records: 1 });
  expect(await store.blobs.stat(orphan)).toBeDefined();
  expect((await gc(store)).freed).toEqual(planned.freed);

  expect(await store.blobs.stat(orphan)).toBeUndefined();
  expect(await store.records.get(idle.key)).toBeUndefined();
  expect((await verifyChain(store, chain.model, { projectFolder: project })).firstBroken).toBeUndefined();
  expect((await gc(store)).freed).toMatchObject({ blobs: 0, bytes: 0, records: 0 });
});

test("the files of a command stay with the plan that has it, and a missing one is a broken link", async () => {
  const store = await temporaryStore();
  const [bundle, file] = [await store.blobs.put("export const run = 1;"), await store.blobs.put("print(1)")];
  const command = { words: ["python", "a.py"], files: [{ path: "a.py", sha256: file.sha256 }] };
  const made = { version: 1, stage: "command", outputs: {}, bundle: bundle.sha256, command, imports: [], externals: {}, files: {} };
  const { sha256: code } = await store.blobs.put(JSON.stringify(made));
  const resources = { cpus: 1, gpus: 0, memory: 128, timeout: 60, attempts: 1 } as const;
  const node = { name: "command", stage: "command", inputs: [], outputs: {}, params: {}, code, runtime: {}, resources };
  const record = await report(store, "idle");
  await run(store, "completed", {}, { ...emptyPlan, nodes: [node] });
  age(store);
  expect((await gc(store)).freed).toMatchObject({ records: 1 });
  const { work: _, ...ingredients } = record.ingredients;
  const ofCommand = { ...record, code, ingredients };
  expect(await codeProblem(store, ofCommand)).toBeUndefined();
  await store.blobs.free(file.sha256, Number.POSITIVE_INFINITY);
  expect(await codeProblem(store, ofCommand)).toMatchObject({ digest: file.sha256 });
});

test("the map of code is kept for as long as the code", async () => {
  const store = await temporaryStore();
  const code = async (name: string): Promise<Digest> => {
    const { sha256: bundle } = await store.blobs.put(`export const run = () => "${name}";`);
    const { sha256 } = await store.blobs.put(JSON.stringify({ bundle }));
    const { sha256: map } = await store.blobs.put(`map of ${name}`);
    await store.heads.set(codeMapHead(sha256), map, { attempt: 0 });
    return sha256;
  };
  const [needed, idle] = [await code("needed"), await code("idle")];
  const resources = { cpus: 1, gpus: 0, memory: 128, timeout: 60, attempts: 1 } as const;
  const node = { name: "needed", stage: "needed", inputs: [], outputs: {}, params: {}, code: needed, runtime: {}, resources };
  await run(store, "completed", {}, { ...emptyPlan, nodes: [node] });
  age(store);
  const young = await code("young");
  // when a map is recreated, nothing refers to the old one
  const { sha256: map } = await store.blobs.put("map of young, reformatted");
  await store.heads.set(codeMapHead(young), map, { attempt: 0 });
  utimesSync(blobFile(store, digestOf("map of young")), longAgo, longAgo);

  expect((await gc(store)).freed).toMatchObject({ blobs: 4, heads: 0 });
  expect((await Array.fromAsync(store.heads.list())).map(({ name }) => name)).toEqual([needed, young].map(codeMapHead).sort());
  expect(await store.heads.get(codeMapHead(idle))).toBeUndefined();
  for (const kept of [digestOf("map of needed"), map]) expect(await store.blobs.check(kept)).toBeUndefined();
  expect(await store.blobs.stat(digestOf("map of young"))).toBeUndefined();
  expect((await verifyStore(store)).problems).toEqual([]);
});

test.each(["running", "blocked", "paused"] as const)("nothing that was written since a %s run started is freed", async (status) => {
  const store = await temporaryStore();
  await run(store, status, {});
  const { sha256 } = await store.blobs.put("of an attempt under way");
  // a grace that ends in the future: only the run keeps it
  expect((await gc(store, { graceMs: -3_600_000 })).freed.blobs).toBe(0);
  expect(await store.blobs.check(sha256)).toBeUndefined();
});

test("an old blob that a run has just used again stays", async () => {
  const store = await temporaryStore();
  const { sha256 } = await store.blobs.put("wanted");
  utimesSync(blobFile(store, sha256), longAgo, longAgo);
  await store.blobs.put("wanted");
  expect((await gc(store)).freed.blobs).toBe(0);
  expect(await store.blobs.free(sha256, Date.now() - 60_000)).toBe(false);
  expect(await store.blobs.check(sha256, { deep: true })).toBeUndefined();
});

test("heads keep what they point to: artifacts with all they were derived from, and plain blobs", async () => {
  const [store, project] = [await temporaryStore(), temporaryFolder()];
  const chain = await smallChain(store, project);
  const { sha256: state } = await store.blobs.put("optimizer state");
  await store.heads.set("models/best", { digest: chain.model.digest }, { attempt: 0 });
  await store.heads.set(`checkpoints/${"9".repeat(64)}`, { saved: [{ files: [{ sha256: state }] }] }, { attempt: 1 });
  age(store);
  expect((await gc(store)).freed).toMatchObject({ blobs: 0, heads: 0 });
  await store.heads.remove("models/best");
  expect((await gc(store)).freed.blobs).toBeGreaterThan(8);
  expect(await store.blobs.check(state)).toBeUndefined();
});

test("saved states of a finished computation are freed", async () => {
  const store = await temporaryStore();
  const done = await report(store, "done");
  await run(store, "completed", { report: outputOf(done) });
  const { sha256 } = await store.blobs.put("its last state");
  await store.heads.set(`checkpoints/${done.key}`, { saved: [{ files: [{ sha256 }] }] }, { attempt: 1 });
  age(store);
  expect((await gc(store)).freed).toMatchObject({ blobs: 1, heads: 1, records: 0 });
  expect(await store.heads.get(`checkpoints/${done.key}`)).toBeUndefined();
});

test("saved states of a computation whose output is damaged stay: it is recreated from them", async () => {
  const store = await temporaryStore();
  const done = await report(store, "done");
  const output = outputOf(done);
  await run(store, "completed", { report: output });
  const { sha256 } = await store.blobs.put("its last state");
  await store.heads.set(`checkpoints/${done.key}`, { saved: [{ files: [{ sha256 }] }] }, { attempt: 1 });
  rmSync(blobFile(store, output.digest));
  age(store);
  await gc(store);
  expect(await store.heads.get(`checkpoints/${done.key}`)).toBeDefined();
  expect(await store.blobs.stat(sha256)).toBeDefined();
});

test("counted failures are freed once their run has ended", async () => {
  const store = await temporaryStore();
  for (const status of ["running", "blocked", "paused", "completed", "failed", "canceled"] as const) await run(store, status, {});
  const states = await Promise.all((await Array.fromAsync(store.runs.list())).map(({ runId }) => store.runs.state(runId)));
  for (const { runId } of states) await store.heads.set(`failures/${runId}/train`, { count: 2 }, { attempt: 1 });
  const open = states.filter(({ status }) => ["running", "blocked", "paused"].includes(status));
  expect((await gc(store)).freed).toMatchObject({ heads: 3 });
  expect((await Array.fromAsync(store.heads.list())).map(({ name }) => name)).toEqual(
    open.map(({ runId }) => `failures/${runId}/train`).sort(),
  );
});

test("records of a plan's computations stay, whatever their inputs were", async () => {
  const store = await temporaryStore();
  const { ingredients, key, code = digestOf("no code") } = await report(store, "planned");
  const { stage, work, params } = ingredients;
  const resources = { cpus: 1, gpus: 0, memory: 512, timeout: 60, attempts: 1 } as const;
  const node = { name: "n", stage, inputs: [], outputs: {}, params, code, ...(work === undefined ? {} : { work }), runtime: {}, resources };
  await run(store, "completed", {}, { ...emptyPlan, nodes: [node] });
  age(store);
  expect((await gc(store)).freed).toMatchObject({ blobs: 0, records: 0 });
  expect(await store.records.get(key)).toBeDefined();
});

/** Put a shard on record, with a file of its own. */
async function shard(store: Store, name: string, of: Partial<ShardRecord["ingredients"]> = {}): Promise<ShardRecord> {
  const file = { path: "documents/00000.jsonl.zst", ...(await store.blobs.put(`shard ${name}`)) };
  const ingredients = { stage: name, code: digestOf(`code of ${name}`), params: {}, inputs: [], runtime: {}, ...of };
  const outputs = { documents: { kind: "documents" as const, facts: [], counts: {}, meta: {}, files: [file] } };
  const record: ShardRecord = { version: 1, key: digestOf(`key of ${name}`), ingredients, outputs, report: {}, seconds: 1 };
  await store.shardRecords.put(record);
  return record;
}

/** Whether a shard's record exists, with its file. */
async function isKept(store: Store, { key, outputs }: ShardRecord): Promise<boolean[]> {
  const found = await store.blobs.check(outputs.documents?.files[0]?.sha256 ?? digestOf(""), { deep: true });
  return [(await store.shardRecords.get(key)) !== undefined, found === undefined];
}

test("shards that a kept record was joined from stay, with their files; those of no record and no plan are freed once they are old", async () => {
  const store = await temporaryStore();
  const [one, two, idle] = [await shard(store, "one"), await shard(store, "two"), await shard(store, "idle")];
  const { sha256: list } = await store.blobs.put(JSON.stringify([one.key, two.key]));
  const made = await compute(store, {
    stage: "mapped",
    inputs: [],
    kind: "report",
    write: async (output) => void (await output.write("report.json", "joined")),
    shards: list,
  });
  await run(store, "completed", { report: outputOf(made) });
  expect((await gc(store)).freed).toMatchObject({ blobs: 0, shards: 0 });
  age(store);
  expect((await gc(store, { dryRun: true })).freed).toMatchObject({ blobs: 1, records: 0, shards: 1 });
  expect(await isKept(store, idle)).toEqual([true, true]);
  expect((await gc(store)).freed).toMatchObject({ blobs: 1, records: 0, shards: 1 });
  expect(await Promise.all([one, two, idle].map((each) => isKept(store, each)))).toEqual([
    [true, true],
    [true, true],
    [false, false],
  ]);
  expect(await store.blobs.check(list)).toBeUndefined();
});

test("shards of a plan's computation stay before there is a record to list them; with other parameters they are freed", async () => {
  const store = await temporaryStore();
  const { sha256: code } = await store.blobs.put("code");
  const params = { level: 1 };
  const planned = await shard(store, "planned", { stage: "mapped", code, params });
  const other = await shard(store, "other", { stage: "mapped", code, params: { level: 2 } });
  const resources = { cpus: 1, gpus: 0, memory: 512, timeout: 60, attempts: 1 } as const;
  const node = {
    name: "n",
    stage: "mapped",
    inputs: [],
    outputs: {},
    params,
    code,
    runtime: {},
    resources,
  };
  await run(store, "canceled", {}, { ...emptyPlan, nodes: [node] });
  age(store);
  expect((await gc(store)).freed).toMatchObject({ blobs: 1, shards: 1 });
  expect([await isKept(store, planned), await isKept(store, other)]).toEqual([
    [true, true],
    [false, false],
  ]);
});

test("a young shard stays, whatever it belongs to", async () => {
  const store = await temporaryStore();
  const [young, old] = [await shard(store, "young"), await shard(store, "old")];
  age(store);
  utimesSync(join(store.location.directory, "shards", young.key.slice(0, 2), `${young.key}.json`), new Date(), new Date());
  expect((await gc(store)).freed).toMatchObject({ blobs: 1, shards: 1 });
  expect([await isKept(store, young), await isKept(store, old)]).toEqual([
    [true, true],
    [false, false],
  ]);
});

test("what killed processes left half-written is freed, and their claims; what is damaged is never touched", async () => {
  const store = await temporaryStore();
  const [file] = (await store.artifacts.manifest(outputOf(await report(store, "a")).digest)).files;
  if (file === undefined) throw new Error("the report has no file");
  flipBit(blobFile(store, file.sha256));
  await store.setAside(file.sha256);
  const damaged = readdirSync(join(store.location.directory, "damaged"));
  writeFileSync(join(store.location.directory, "tmp", "1-left"), "half");
  writeFileSync(join(store.location.directory, "tmp", "2-fresh"), "half");
  const claim = { what: "run one", signal: new AbortController().signal, waits: () => undefined };
  await store.claims.take(someDigest("b"), claim);
  age(store);
  utimesSync(join(store.location.directory, "tmp", "2-fresh"), new Date(), new Date());
  const release = await store.claims.take(someDigest("c"), { ...claim, what: "run two" });
  // the claim, and the file that named its holder
  expect((await gc(store)).freed.temporary).toBe(3);
  await release();
  expect(readdirSync(join(store.location.directory, "tmp"))).toEqual(["2-fresh"]);
  expect(damaged).toHaveLength(2);
  expect(readdirSync(join(store.location.directory, "damaged"))).toEqual(damaged);
});

test("nothing is freed while the file of a run can't be read: what it needs is unknown", async () => {
  const store = await temporaryStore();
  const made = await report(store, "needed");
  await run(store, "completed", { report: outputOf(made) });
  age(store);
  const [{ runId } = { runId: "" }] = await Array.fromAsync(store.runs.list());
  writeFileSync(join(store.location.directory, "runs", runId, "run.json"), "{");
  await expect(gc(store)).rejects.toMatchObject({ parts: { code: "ARTIFACT_DAMAGED", where: expect.stringContaining(runId) } });
  expect(await store.artifacts.check(outputOf(made))).toBeUndefined();
});
