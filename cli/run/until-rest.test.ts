import { expect, test } from "vitest";
import type { RunEvent } from "../../schemas/event.ts";
import type { RunStatus } from "../../schemas/run-state.ts";
import type { Run, Runs } from "../../store/runs.ts";
import { temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { eventsUntilRest } from "./until-rest.ts";

const at = "2026-11-24T08:00:00.000Z";

async function startedRun(): Promise<{ runs: Runs; run: Run }> {
  const { runs } = await temporaryStore();
  const plan = { version: 1, pipeline: "small", params: {}, sources: {}, nodes: [], outputs: {} } as const;
  return { runs, run: await runs.create({ plan: { ...plan, nodes: [] }, projectFolder: "/" }) };
}

function state({ runId, pipeline, planDigest }: Run, status: RunStatus): RunEvent {
  return { type: "state", at, state: { runId, pipeline, planDigest, status, nodes: [], outputs: {} } };
}

async function statusesOf(events: AsyncIterable<RunEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of events) if (event.type === "state") seen.push(event.state.status);
  return seen;
}

const { signal } = new AbortController();

test("a rest that the run was resumed from ends nothing; the one it comes to does", async () => {
  const { runs, run } = await startedRun();
  await runs.append(run.runId, [state(run, "running"), state(run, "blocked"), state(run, "running")]);
  setTimeout(() => void runs.append(run.runId, [state(run, "completed")]), 150);
  expect(await statusesOf(eventsUntilRest(runs, run.runId, { signal }))).toEqual(["running", "blocked", "running", "completed"]);
});

test("a run that rests now is told to its end, and not waited for", async () => {
  const { runs, run } = await startedRun();
  await runs.append(run.runId, [state(run, "running"), state(run, "blocked")]);
  expect(await statusesOf(eventsUntilRest(runs, run.runId, { signal }))).toEqual(["running", "blocked"]);
});

test("what came before the first event that is asked for ends nothing", async () => {
  const { runs, run } = await startedRun();
  await runs.append(run.runId, [state(run, "blocked")]);
  setTimeout(() => void runs.append(run.runId, [state(run, "running"), state(run, "failed")]), 150);
  expect(await statusesOf(eventsUntilRest(runs, run.runId, { signal, from: 1 }))).toEqual(["running", "failed"]);
});
