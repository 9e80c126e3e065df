import { activityInfo, cancellationSignal } from "@temporalio/activity";
import { ingredientsOf, keyOf } from "../../planner/keys.ts";
import { failureName, failuresOf } from "./failure-count.ts";
import { judgeFailure } from "./stage-failure.ts";
import { StageJournal } from "./stage-journal.ts";
import type { Attempt, RunPlace, StageWorker } from "./stage-worker.ts";

/**
 * Find out what an attempt is to compute.
 *
 * @param node its name; `goesOn`: with shards of it, in an attempt that has begun
 * @throws StageFailure when its inputs no longer exist.
 */
export async function beginAttempt(
  worker: StageWorker,
  run: RunPlace,
  { name, goesOn = false }: { readonly name: string; readonly goesOn?: boolean },
): Promise<Attempt> {
  const node = run.plan.nodes.find((planned) => planned.name === name);
  if (node === undefined) throw new RangeError(`the plan of run '${run.runId}' has no node '${name}'`);
  const again = activityInfo().attempt > 1 || (await failuresOf(worker.store, failureName(run.runId, name))) > 0;
  const before = await worker.attemptsBegun.before(run, name, again);
  // a node over shards comes back to be joined when they are done
  const number = goesOn || (node.map !== undefined && !again) ? Math.max(1, before) : before + 1;
  const base = {
    run,
    node,
    number,
    before,
    sinceMs: performance.now(),
    journal: new StageJournal(worker.store, run.runId, name),
    signal: cancellationSignal(),
  };
  try {
    const inputs = await worker.outputs.inputsOf(run, node);
    const ingredients = ingredientsOf(node, inputs);
    return { ...base, inputs, ingredients, key: keyOf(ingredients) };
  } catch (error) {
    throw await judgeFailure(worker, base, error);
  }
}

/** Record that an attempt has a host, or has started on its shards. */
export function noteBegun({ attemptsBegun }: StageWorker, { run, node, number, journal }: Attempt): void {
  attemptsBegun.note(run, node.name, number);
  journal.attempt(number);
}
