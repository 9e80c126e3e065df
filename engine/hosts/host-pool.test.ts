import { expect, onTestFinished, test, vi } from "vitest";
import { jobOf } from "../../test/fixtures/host-job.ts";
import { HostPool } from "./host-pool.ts";
import { HostProcess } from "./host-process.ts";
import type { Job } from "./protocol.ts";

/** A pool of two hosts, and a function that runs a job in it and returns the id of the process it ran in. */
function somePool() {
  const pool = new HostPool(2);
  onTestFinished(() => pool.close());
  const { signal } = new AbortController();
  const pidOf = async (job: Job): Promise<number> => {
    let pid = 0;
    const log = (_: string, message: string) => {
      pid = Number(message);
    };
    await pool.run(job, { sinceMs: 0, signal }, { started: () => undefined, progress: () => undefined, log, checkpoint: () => undefined });
    return pid;
  };
  return { pool, pidOf };
}

const logsPid = 'export const run = async (context) => { context.log("info", String(process.pid)); return {}; };';

test("idle hosts that are too small for the current jobs make way for larger ones", async () => {
  const { pool, pidOf } = somePool();
  const small = new HostProcess(64);
  pool.keep(small);
  const job = await jobOf(logsPid);
  const pids: number[] = [];
  for (let round = 0; round < 4; round += 1) pids.push(...(await Promise.all([pidOf(job), pidOf(job)])));
  expect(new Set(pids).size).toBe(2);
  expect(small.alive).toBe(false);
});

test("a job takes as many slots as its stage needs CPUs, and is refused if there are not so many", async () => {
  const { pidOf } = somePool();
  const job = await jobOf(logsPid);
  const needing = (cpus: number): Job => ({ ...job, node: { ...job.node, resources: { ...job.node.resources, cpus } } });
  // side by side they would be in two hosts
  expect(new Set(await Promise.all([pidOf(needing(2)), pidOf(needing(2))])).size).toBe(1);
  await expect(pidOf(needing(3))).rejects.toMatchObject({
    parts: {
      code: "ENVIRONMENT",
      what: "the stage asks for 3 CPUs, and its workers have 2 CPUs",
      where: "stage odd, on the worker that took it",
      why: "it would wait for ever",
      fix: expect.stringMatching(/`slots` \(CPUs\).*then `crisol resume`/),
    },
  });
});

test("a stage that needs more disk than is free does not begin", async () => {
  const { pidOf } = somePool();
  const job = await jobOf(logsPid);
  const resources = { ...job.node.resources, disk: 2 ** 50 };
  await expect(pidOf({ ...job, node: { ...job.node, resources } })).rejects.toMatchObject({ parts: { code: "STORE_FULL" } });
});

test("idle hosts that have died take no places from live ones", async () => {
  const { pool, pidOf } = somePool();
  const died = [new HostProcess(128), new HostProcess(128)];
  for (const host of died) pool.keep(host);
  for (const { pid } of died) process.kill(pid ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(died.map(({ alive }) => alive)).toEqual([false, false]), 5_000);
  const job = await jobOf(logsPid);
  expect(await pidOf(job)).toBe(await pidOf(job));
});
