import { expect, test } from "vitest";
import type { RunEvent } from "../../schemas/event.ts";
import type { RunStatus } from "../../schemas/run-state.ts";
import type { Run } from "../../store/runs/run.ts";
import type { Runs } from "../../store/runs/runs.ts";
import { temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { eventsUntilSettled } from "./events-until-settled.ts";

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

test("a rest from which the run was resumed does not end the events; a new one does", async () => {
  const { runs, run } = await startedRun();
  await runs.append(run.runId, [state(run, "running"), state(run, "blocked"), state(run, "running")]);
  setTimeout(() => void runs.append(run.runId, [state(run, "completed")]), 150);
  expect(await statusesOf(eventsUntilSettled(runs, run.runId, { signal }))).toEqual(["running", "blocked", "running", "completed"]);
});

test("the events of a run that rests now end without waiting", async () => {
  const { runs, run } = await startedRun();
  await runs.append(run.runId, [state(run, "running"), state(run, "blocked")]);
  expect(await statusesOf(eventsUntilSettled(runs, run.runId, { signal }))).toEqual(["running", "blocked"]);
});

test("a rest before the first requested event does not end the events", async () => {
  const { runs, run } = await startedRun();
  await runs.append(run.runId, [state(run, "blocked")]);
  const { place } = await runs.view(run.runId);
  setTimeout(() => void runs.append(run.runId, [state(run, "running"), state(run, "failed")]), 150);
  expect(await statusesOf(eventsUntilSettled(runs, run.runId, { signal, from: place }))).toEqual(["running", "failed"]);
});
