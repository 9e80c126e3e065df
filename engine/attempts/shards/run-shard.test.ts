import { expect, onTestFinished, test, vi } from "vitest";
import { ingredientsOf } from "../../../planner/keys.ts";
import { digestOf } from "../../../schemas/digest.ts";
import { openStore } from "../../../store/store.ts";
import { jobOf } from "../../../test/fixtures/host-job.ts";
import { HostPool } from "../../hosts/host-pool.ts";
import { AttemptsBegun } from "../attempts-begun.ts";
import { NodeOutputs } from "../node-outputs.ts";
import { OpenAttempts } from "../open-attempts.ts";
import { PlanCache } from "../plan-cache.ts";
import { StageJournal } from "../stage-journal.ts";
import { NodeShards } from "./node-shards.ts";
import { runShard } from "./run-shard.ts";

test("a shard that another run has put on record between the look for its record and the claim is not run again", async () => {
  const job = await jobOf("export const run = async () => ({});", {}, { documents: { kind: "documents", adds: [] } });
  const store = await openStore(job.store);
  const files = [{ path: "data/1", bytes: 1000, sha256: digestOf("1") }];
  const input = await store.artifacts.commit({ kind: "files", facts: [], counts: {}, meta: {}, files, producer: null, inputs: [] });
  const map = { port: "from", reduce: false };
  const node = { ...job.node, inputs: [{ port: "from", from: { source: "files" } }], map };
  const ingredients = ingredientsOf(node, [input]);
  const shards = await NodeShards.of(store, { node, inputs: [input], ingredients }, map);
  const { key, ingredients: ofShard } = shards.shard(0);
  const hosts = new HostPool(1);
  onTestFinished(() => hosts.close());
  const plan = { version: 1 as const, pipeline: "small", params: {}, sources: {}, nodes: [], outputs: {} };
  // the other run ends just before this one claims: nobody is there to wait for
  const take = store.claims.take.bind(store.claims);
  vi.spyOn(store.claims, "take").mockImplementationOnce(async (...claim) => {
    await store.shardRecords.put({ version: 1, key, ingredients: ofShard, outputs: {}, report: {}, seconds: 7 });
    return take(...claim);
  });
  const worker = {
    store,
    scratchFolder: job.scratch,
    codeFolder: job.codeFolder,
    hosts,
    plans: new PlanCache(store),
    outputs: new NodeOutputs(store),
    attemptsBegun: new AttemptsBegun(store),
    openAttempts: new OpenAttempts(job.scratch),
    release: async () => undefined,
  };
  const { runId } = await store.runs.create({ plan, projectFolder: job.project });
  const attempt = {
    run: { runId, plan, planDigest: digestOf("plan"), epoch: "1", project: job.project },
    node,
    inputs: [input],
    ingredients,
    key: digestOf("key"),
    number: 1,
    before: 0,
    sinceMs: 0,
    journal: new StageJournal(store, runId, node.name),
    signal: new AbortController().signal,
  };
  expect(await runShard({ worker, attempt, shards }, 0, true)).toEqual({ ran: false, codeSeconds: 7, tookSeconds: 0 });
});
