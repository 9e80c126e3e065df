/** The one activity that runs every stage: batches of nodes, or shards of one. */
import { ApplicationFailure, activityInfo, Context } from "@temporalio/activity";
import { ErrorCodes, isCrisolError } from "../../schemas/error.ts";
import type { BatchResult, BatchTask, ShardsResult, ShardsTask } from "../../workflows/protocol.ts";
import { runBatch } from "./run-batch.ts";
import { runShardsTask } from "./shards/run-shards-task.ts";
import { applicationFailure } from "./stage-failure.ts";
import { StageJournal } from "./stage-journal.ts";
import type { RunPlace, StageWorker } from "./stage-worker.ts";

/** Time between two heartbeats: the answer to one brings a stage the news of a cancel or a pause. */
export const HEARTBEAT_EVERY_MS = 1_000;

/** Create the activity; register it as the worker's default activity, so that its type is the stage's name. */
export function stageActivity(worker: StageWorker): (task: BatchTask | ShardsTask) => Promise<BatchResult | ShardsResult> {
  return async (task) => {
    const context = Context.current();
    const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_EVERY_MS);
    const closeAttempt = await worker.openAttempts.open(activityInfo().taskToken);
    try {
      const run = await placeOf(worker, task);
      return "nodes" in task ? await runBatch(worker, run, task) : await runShardsTask(worker, run, task);
    } finally {
      clearInterval(heartbeat);
      await closeAttempt();
    }
  };
}

/** A damaged plan or run needs a person to repair it: the run is blocked, and its journal says why. */
async function placeOf(worker: StageWorker, task: BatchTask | ShardsTask): Promise<RunPlace> {
  const { runId, planDigest, epoch } = task;
  try {
    const [plan, run] = await Promise.all([worker.plans.get(planDigest), worker.store.runs.get(runId)]);
    return { runId, plan, planDigest, epoch, project: run.projectFolder };
  } catch (error) {
    if (!isCrisolError(error)) throw error;
    if (ErrorCodes[error.parts.code].retry) throw ApplicationFailure.retryable(error.message, error.parts.code);
    const [node = ""] = "nodes" in task ? task.nodes : [task.node];
    // writing a line would recreate the folder of a run that was deleted
    if ((await worker.store.runs.find(runId)) !== undefined)
      await new StageJournal(worker.store, runId, node).attemptFailed(activityInfo().attempt, error.parts, false);
    throw applicationFailure(error.parts, { retry: false });
  }
}
