import { homedir, tmpdir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundleWithSourceMap } from "@temporalio/worker";
import { beforeAll, expect, it } from "vitest";
import { historyNames, historyOf, historyText } from "./histories.ts";

const names = await historyNames();

let workflowBundle: WorkflowBundleWithSourceMap;

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("../../workflows/index.ts", import.meta.url)),
    logger: new DefaultLogger("ERROR"),
  });
});

it("has histories of every kind of run", () => {
  expect(names).toEqual([
    "blocked-amended",
    "blocked-cancelled",
    "blocked-resumed-from",
    "blocked-retried",
    "blocked-still",
    "cached-1",
    "cached-2",
    "cancelled",
    "chain",
    ...["continued-1", "continued-2"],
    ...["continued-failed-1", "continued-failed-2", "continued-failed-3"],
    ...["continued-paused-1", "continued-paused-2"],
    "damaged-repaired",
    ...["fan-out", "fan-out-cancelled", "fan-out-cancelled-shards"],
    ...["fan-out-continued-shards-1", "fan-out-continued-shards-2", "fan-out-continued-shards-3"],
    ...["fan-out-failed", "fan-out-failed-shards"],
    ...["fan-out-paused", "fan-out-paused-shards-1", "fan-out-paused-shards-2", "fan-out-shards"],
    "host-crashed",
    "independent",
    "paused-after-stages",
    "paused-cancelled",
    "paused-resumed",
    "rejected",
    "released",
    "services-stopped",
    "shared-1",
    "shared-2",
    "two-roots",
    "worker-killed",
  ]);
});

it.each(names)("replays %s as it went", async (name) => {
  await Worker.runReplayHistory({ workflowBundle }, await historyOf(name));
});

it("replays 50 histories", async () => {
  const fifty = Array.from({ length: 50 }, (_, index) => names[index % names.length] ?? "");
  const histories = await Promise.all(fifty.map(async (name, index) => ({ workflowId: `${index}`, history: await historyOf(name) })));
  const began = performance.now();
  const results = await Array.fromAsync(Worker.runReplayHistories({ workflowBundle }, histories));
  process.stdout.write(`50 histories replayed in ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
  expect(results.flatMap(({ error }) => error ?? [])).toEqual([]);
  expect(results).toHaveLength(50);
});

it.each(names)("keeps no trace in %s of the machine that recorded it", async (name) => {
  const text = await historyText(name);
  const payloads = [...text.matchAll(/"data": ?"([^"]+)"/g)].map(([, data = ""]) => Buffer.from(data, "base64").toString("utf8"));
  const folders = [tmpdir(), homedir(), dirname(fileURLToPath(new URL("../../", import.meta.url)))].map((path) =>
    RegExp.escape(`${path}/`),
  );
  const traces = new RegExp(`.{0,40}(?:${folders.join("|")}|/(?:home|root|tmp|usr|Users)/|\\b\\d+@\\w).{0,40}`, "g");
  expect([text, ...payloads].flatMap((part) => part.match(traces) ?? [])).toEqual([]);
});

it("bundles no zod: workflow code handles plain data", () => {
  expect(workflowBundle.code).not.toContain("node_modules/zod");
});
