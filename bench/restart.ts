/**
 * Seconds from a SIGKILL in the middle of training to the first new step, for the quickstart's model: `node bench/restart.ts [ROUNDS]`.
 *
 * The quickstart trains in a temporary home, with checkpoints at the default interval. In each of ROUNDS (2 if not given), once a new checkpoint is
 * in the store, its trainer is killed, then (after another checkpoint) the stage's host, then the worker. Beside it: the trainer alone, started by
 * hand from such a checkpoint, which is what a shell loop around a training script takes at best. Exits with 1 when a time is above 15 s.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { RunEvent } from "../schemas/event.ts";
import { openStore } from "../store/store.ts";
import { trainerEnvironment, trainerPython } from "../system/processes/python-environment.ts";
import { kill, processesWith, servicesOf } from "../test/e2e/processes.ts";

const MOST = 15;
const rounds = Number(process.argv[2] ?? 2);
const root = fileURLToPath(new URL("../", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "crisol-restart-"));
const home = join(folder, ".crisol");
const times = new Map<string, number[]>();
try {
  const runId = String(crisol("run", "pipelines/quickstart.ts", "--set", "steps=100000", "--detach").runId);
  const store = await openStore({ directory: join(home, "store") });
  const after = async (from: number, holds: (event: RunEvent) => boolean) => {
    for (;;) {
      for await (const event of store.runs.events(runId)) if (Date.parse(event.at) > from && holds(event)) return Date.parse(event.at);
      await sleep(100);
    }
  };
  const progressAfter = async (from: number) => {
    for (;;) {
      for await (const { at } of store.runs.metrics(runId, "train")) if (Date.parse(at) > from) return Date.parse(at);
      await sleep(100);
    }
  };
  const killed = {
    trainer: () => processesWith("crisol_trainer.training.train", home),
    host: async () => (await processesWith("crisol_trainer.training.train", home)).map(parentOf),
    worker: async () => [(await servicesOf(home)).worker],
  };
  for (let round = 0; round < rounds; round += 1) {
    for (const [what, find] of Object.entries(killed)) {
      await after(Date.now(), (event) => event.type === "log" && /^checkpoint of step \d+ is in the store$/.test(event.message));
      // in the middle of training, and not while a checkpoint is saved
      await sleep(2_000);
      const ids = await find();
      const at = Date.now();
      kill(...ids);
      const again = await after(at, ({ type }) => type === "attempt");
      const step = await progressAfter(again);
      note(what, (step - at) / 1000);
    }
  }
  await after(Date.now(), (event) => event.type === "log" && /^checkpoint of step \d+ is in the store$/.test(event.message));
  const bare = await layOut();
  crisol("cancel", runId);
  for (let round = 0; round < rounds; round += 1) note("bare", await firstStep(bare));
} finally {
  execFileSync(process.execPath, [join(root, "bin/crisol.mjs"), "down", "--home", home], { cwd: root });
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
const peer = median(times.get("bare") ?? []);
for (const [what, seconds] of times) {
  const each = seconds.map((second) => second.toFixed(1)).join(", ");
  console.log(
    what === "bare"
      ? `trainer alone      ${each} s`
      : `kill -9 of ${what.padEnd(7)} ${each} s   crisol / alone ${(median(seconds) / peer).toFixed(2)}`,
  );
}
if (Math.max(...[...times.values()].flat()) > MOST) process.exitCode = 1;

function crisol(...args: readonly string[]): Record<string, unknown> {
  const stdout = execFileSync(process.execPath, [join(root, "bin/crisol.mjs"), ...args, "--home", home, "--json"], {
    cwd: root,
    encoding: "utf8",
  });
  return z.record(z.string(), z.unknown()).parse(JSON.parse(stdout.split("\n")[0] ?? ""));
}

function parentOf(pid: number): number {
  return Number(execFileSync("ps", ["-o", "ppid=", "-p", String(pid)], { encoding: "utf8" }));
}

function note(what: string, seconds: number): void {
  times.set(what, [...(times.get(what) ?? []), seconds]);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Copy what the running trainer works on, with a configuration that resumes from its newest checkpoint. */
async function layOut(): Promise<string> {
  const [worker = ""] = await readdir(join(home, "workers"));
  const scratch = join(home, "workers", worker, "scratch");
  const [name = ""] = (await readdir(scratch)).filter((entry) => entry.startsWith("train-"));
  await cp(join(scratch, name), join(folder, "bare"), { recursive: true });
  const config = (await readFile(join(folder, "bare", "train.config.json"), "utf8")).replaceAll(join(scratch, name), join(folder, "bare"));
  const path = join(folder, "bare", "config.json");
  await writeFile(
    path,
    JSON.stringify({ ...z.record(z.string(), z.unknown()).parse(JSON.parse(config)), resumeFrom: join(folder, "bare", "checkpoints") }),
  );
  return path;
}

/** Seconds from the start of a trainer to its first step. */
async function firstStep(config: string): Promise<number> {
  const began = performance.now();
  const trainer = spawn(trainerPython(), ["-m", "crisol_trainer.training.train", config], {
    env: trainerEnvironment(),
    stdio: ["pipe", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: trainer.stdout })) if (line.includes('"step"')) break;
  const seconds = (performance.now() - began) / 1000;
  trainer.kill("SIGKILL");
  await once(trainer, "close");
  return seconds;
}
