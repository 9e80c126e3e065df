/**
 * What a shard costs beyond its work, beside an activity of the bare Temporal SDK on the same server: `node bench/shards.ts [shards]`, 10,000 by default.
 *
 * A mapped stage over as many files, which reads and writes nothing: each shard is looked up, run in a host, and recorded durably. Then the same
 * with one more file, which is one more shard. Memory is that of the worker and of its hosts, resident.
 */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../dsl/graph/compile.ts";
import { Config } from "../engine/connection/settings/define.ts";
import { homeAt } from "../engine/home.ts";
import { RunClient } from "../engine/runs/run-client.ts";
import { runWorkflow } from "../engine/runs/run-workflow.ts";
import { ensureServices, stopServices } from "../engine/services/up.ts";
import { makePlan } from "../planner/plan.ts";
import { openStore } from "../store/store.ts";
import { bareSdk } from "./shards/bare-sdk.ts";
import { countingFiles } from "./shards/count-files.ts";

const program = fileURLToPath(new URL("../bin/crisol.mjs", import.meta.url));
const shards = Number(process.argv[2] ?? 10_000);
/** Activities that the bare SDK is timed with. */
const BARE = 2_000;
const folder = await mkdtemp(join(tmpdir(), "crisol-bench-"));
const home = homeAt(join(folder, ".crisol"));
await mkdir(join(folder, "data"));
for (let index = 0; index < shards; index += 1) await writeFile(file(index), `file ${index}\n`);
const services = await ensureServices(home, { config: Config.parse({}) });
const store = await openStore({ directory: home.store });
const client = await RunClient.connectTo({ address: services.address }, services.namespace);
try {
  const bare = await bareSdk(services, Math.min(shards, BARE));
  const all = await run("first");
  const rate = shards / all.seconds;
  console.log(`bare SDK        ${bare.toFixed(0)} activities/s`);
  console.log(`${shards} shards     ${all.seconds.toFixed(1)} s, ${rate.toFixed(0)} shards/s`);
  console.log(`crisol / bare   ${(rate / bare).toFixed(2)}`);
  for (const { done, worker, hosts } of all.memory)
    console.log(
      `  at ${String(done).padStart(6)}  worker ${worker.toFixed(0)} MB, hosts ${hosts.map((host) => host.toFixed(0)).join(" and ")} MB`,
    );
  await writeFile(file(shards), "one more\n");
  console.log(`one more file   ${(await run("first")).seconds.toFixed(1)} s`);
  const began = performance.now();
  execFileSync(process.execPath, [program, "status", all.runId, "--home", home.folder]);
  console.log(`crisol status   ${((performance.now() - began) / 1000).toFixed(2)} s`);
} finally {
  await client.close();
  await stopServices(home);
  await rm(folder, { recursive: true, force: true });
}

function file(index: number): string {
  return join(folder, "data", `${String(index).padStart(6, "0")}.txt`);
}

/** Run the stage, and measure memory when a fifth and when all of the shards are done. */
async function run(label: string) {
  const { graph, issues } = compile(countingFiles, { label });
  if (graph === undefined) throw new Error(JSON.stringify(issues));
  const { plan } = await makePlan(graph, { project: folder, store, cache: join(home.folder, "cache", "packages.json") });
  const { runId, planDigest } = await store.runs.create({ plan, projectFolder: folder });
  const ended = new AbortController();
  const memory: { done: number; worker: number; hosts: number[] }[] = [];
  const watching = (async () => {
    let next = shards / 5;
    for await (const event of store.runs.follow(runId, ended.signal)) {
      if (event.type !== "progress" || event.progress.done < next) continue;
      next = event.progress.done + shards / 5;
      memory.push({ done: event.progress.done, ...(await resident(services.worker)) });
    }
  })();
  const began = performance.now();
  await client.start(runWorkflow(home.folder, { runId, planDigest, plan }));
  await client.result(runId);
  const seconds = (performance.now() - began) / 1000;
  ended.abort();
  await watching;
  return { runId, seconds, memory };
}

/** Megabytes that a worker and its hosts hold. */
async function resident(worker: number) {
  const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const hosts: number[] = [];
  for (const id of ids) {
    const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
    if (Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === worker) hosts.push(held(status));
  }
  return { worker: held(await readFile(`/proc/${worker}/status`, "utf8")), hosts };
}

function held(status: string): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1000;
}
