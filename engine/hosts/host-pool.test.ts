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

test("idle hosts that have died take no places from live ones", async () => {
  const { pool, pidOf } = somePool();
  const died = [new HostProcess(128), new HostProcess(128)];
  for (const host of died) pool.keep(host);
  for (const { pid } of died) process.kill(pid ?? 0, "SIGKILL");
  await vi.waitFor(() => expect(died.map(({ alive }) => alive)).toEqual([false, false]), 5_000);
  const job = await jobOf(logsPid);
  expect(await pidOf(job)).toBe(await pidOf(job));
});
