/**
 * What a long training's journal costs: `node bench/journal.ts [--days 30] [--runs 1000]`.
 *
 * Writes that of a training of 30 days that reports its progress twice a second, and beside it a thousand runs that are over; then how long `status`
 * and `runs` take as commands, how late a timer of the worker comes at a retry, and how many bytes it all takes. The same points go into SQLite, where
 * trackers of experiments keep them.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { digestOf } from "../schemas/digest.ts";
import type { JournalEvent } from "../schemas/event.ts";
import type { Plan } from "../schemas/plan.ts";
import type { NodeState } from "../schemas/run-state.ts";
import { openStore, type Store } from "../store/store.ts";
import { crisolFolder } from "../system/package-folder.ts";

const REPORTS_PER_SECOND = 2;
const BATCH = 200;

const { values } = parseArgs({ options: { days: { type: "string", default: "30" }, runs: { type: "string", default: "1000" } } });
const points = Math.round(Number(values.days) * 86_400 * REPORTS_PER_SECOND);
const begun = Date.parse("2026-11-01T00:00:00Z");
const timeOf = (point: number) => new Date(begun + (point * 1000) / REPORTS_PER_SECOND).toISOString();
const metricsOf = (point: number) => ({
  loss: 2 + 8 / (1 + point / 1e4) + ((point * 7919) % 1000) / 5000,
  learningRate: 3e-4,
  tokensPerSecond: 21_000,
});

const folder = mkdtempSync(join(tmpdir(), "crisol-journal-"));
try {
  await report();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function report(): Promise<void> {
  const home = join(folder, ".crisol");
  const store = await openStore({ directory: join(home, "store") });
  for (let run = 0; run < Number(values.runs); run += 1) await finishedRun(store);
  const runId = await longTraining(store);
  const bytes = sizeOf(join(home, "store", "runs", runId));
  note(`journal of ${values.days} days`, `${(bytes / 1e6).toFixed(1)} MB (${points.toLocaleString("en")} points)`);
  note("a retry, latest timer", `${(await latestTimer(store, runId)).toFixed(1)} ms late`);
  note("status", `${secondsOf("status", runId, "--home", home).toFixed(2)} s`);
  note(
    `runs, the first time after an upgrade, ${values.runs} of them`,
    `${withoutSummaries(home, () => secondsOf("runs", "--home", home)).toFixed(2)} s`,
  );
  note(`runs, ${values.runs} of them`, `${secondsOf("runs", "--home", home).toFixed(2)} s`);
  note("crisol --version, for comparison", `${secondsOf("--version").toFixed(2)} s`);
  const peer = sqlite();
  note("the same points in SQLite", `${(peer / 1e6).toFixed(1)} MB: ${(peer / bytes).toFixed(0)} times the journal`);
}

function nodesOf(count: number, state: Pick<NodeState, "status" | "attempts">): NodeState[] {
  return Array.from({ length: count }, (_, index) => ({
    name: index === 0 ? "train" : `stage${index}`,
    stage: "train",
    cached: false,
    ...state,
  }));
}

function planOf(count: number): Plan {
  const node = { inputs: [], outputs: {}, params: {}, code: digestOf("code"), runtime: {} };
  const resources = { cpus: 1, gpus: 0, memory: 1, timeout: 1, attempts: 1 };
  const nodes = nodesOf(count, { status: "waiting", attempts: 0 }).map(({ name, stage }) => ({ ...node, name, stage, resources }));
  return { version: 1, pipeline: "long", params: {}, sources: {}, nodes, outputs: {} };
}

async function finishedRun(store: Store): Promise<void> {
  const { runId, pipeline, planDigest } = await store.runs.create({ plan: planOf(12), projectFolder: folder });
  const nodes = nodesOf(12, { status: "done", attempts: 1 });
  await store.runs.append(runId, [
    { type: "state", at: timeOf(0), state: { runId, pipeline, planDigest, status: "completed", nodes, outputs: {} } },
  ]);
}

/** A training under way, with a line of its log for each saved state, every ten minutes. */
async function longTraining(store: Store): Promise<string> {
  const { runId, pipeline, planDigest } = await store.runs.create({ plan: planOf(12), projectFolder: folder });
  const nodes = nodesOf(12, { status: "waiting", attempts: 0 });
  await store.runs.append(runId, [
    { type: "state", at: timeOf(0), state: { runId, pipeline, planDigest, status: "running", nodes, outputs: {} } },
    { type: "attempt", at: timeOf(0), node: "train", attempt: 1 },
  ]);
  const began = performance.now();
  for (let point = 0; point < points; point += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, points - point) }, (_, index): JournalEvent => {
      const done = point + index;
      const progress = { done, total: points, unit: "steps", rate: REPORTS_PER_SECOND, eta: points - done, metrics: metricsOf(done) };
      return { type: "progress", at: timeOf(done), node: "train", progress };
    });
    const hasSaved = point % (600 * REPORTS_PER_SECOND) < BATCH;
    if (hasSaved)
      events.push({ type: "log", at: timeOf(point), node: "train", level: "info", message: `checkpoint of step ${point} is in the store` });
    await store.runs.append(runId, events);
  }
  note("to write it, without the 30 days", `${((performance.now() - began) / 1000).toFixed(0)} s`);
  return runId;
}

/** How late, in milliseconds, a timer comes at worst while a worker does what it does at a retry. */
async function latestTimer(store: Store, runId: string): Promise<number> {
  let [latest, due] = [0, performance.now() + 5];
  const timer = setInterval(() => {
    latest = Math.max(latest, performance.now() - due);
    due = performance.now() + 5;
  }, 5);
  await sleep(50);
  latest = 0;
  for (let attempt = 2; attempt < 6; attempt += 1) {
    await store.runs.state(runId);
    await store.runs.append(runId, [{ type: "attempt", at: timeOf(points), node: "train", attempt }]);
    await store.runs.view(runId);
  }
  clearInterval(timer);
  return latest;
}

function secondsOf(...args: string[]): number {
  const began = performance.now();
  execFileSync(execPath, [join(crisolFolder, "bin/crisol.mjs"), ...args], { stdio: "ignore", cwd: folder });
  return (performance.now() - began) / 1000;
}

function withoutSummaries<T>(home: string, action: () => T): T {
  const runs = join(home, "store", "runs");
  for (const run of readdirSync(runs)) rmSync(join(runs, run, "summary.json"), { force: true });
  return action();
}

function sizeOf(path: string): number {
  return statSync(path).isDirectory() ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : statSync(path).size;
}

/** Bytes of a database with a row for each metric of each point. */
function sqlite(): number {
  const path = join(folder, "metrics.db");
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE metrics (node TEXT, step INTEGER, at TEXT, name TEXT, value REAL)");
  const insert = database.prepare("INSERT INTO metrics VALUES ('train', ?, ?, ?, ?)");
  const began = performance.now();
  database.exec("BEGIN");
  for (let point = 0; point < points; point += 1) {
    for (const [name, value] of Object.entries(metricsOf(point))) insert.run(point, timeOf(point), name, value);
  }
  database.exec("COMMIT");
  database.close();
  note("to write it into SQLite, in one transaction", `${((performance.now() - began) / 1000).toFixed(0)} s`);
  return sizeOf(path);
}

function note(what: string, value: string): void {
  console.log(`${what.padEnd(52)} ${value}`);
}
