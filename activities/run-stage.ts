/** The one activity that runs every stage: skip what has a record, run the rest in a host, put it on record. */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { ApplicationFailure, activityInfo, CancelledFailure, Context, cancellationSignal } from "@temporalio/activity";
import type { HostPool } from "../host/host-pool.ts";
import type { JobOutcome } from "../host/protocol.ts";
import { lastCheckpointStep } from "../host/stage-checkpoints.ts";
import { ingredientsOf, keyOf } from "../planner/keys.ts";
import type { Digest } from "../schemas/digest.ts";
import { type ErrorCode, ErrorCodes, type ErrorParts, isCrisolError } from "../schemas/error.ts";
import type { PlanNode } from "../schemas/plan.ts";
import type { Ingredients, StageRecord } from "../schemas/record.ts";
import type { Store } from "../store/store.ts";
import type { RunStage, StageResult, StageTask } from "../workflows/protocol.ts";
import { countFailure } from "./attempt-count.ts";
import type { OpenAttempts } from "./open-attempts.ts";
import type { PlanCache } from "./plan-cache.ts";
import { summaryOf } from "./report-summary.ts";
import { StageJournal } from "./stage-journal.ts";

/** Milliseconds between two heartbeats. */
const HEARTBEAT_EVERY = 2_000;

/** What the activity needs of its worker. */
export interface StageWorker {
  readonly store: Store;
  readonly scratchFolder: string;
  readonly hosts: HostPool;
  readonly plans: PlanCache;
  readonly attempts: OpenAttempts;
}

/** One attempt under way: what it computes, and where. */
interface Attempt {
  readonly task: StageTask;
  readonly node: PlanNode;
  readonly ingredients: Ingredients;
  readonly key: Digest;
  /** Where the user's files lie. */
  readonly project: string;
  readonly number: number;
  readonly journal: StageJournal;
}

/** Make the activity; register it as the worker's default activity, so that its type is the stage's name. */
export function runStageActivity(worker: StageWorker): RunStage {
  return async (task) => {
    const startedAt = new Date();
    const { attempt: number, taskToken } = activityInfo();
    const [plan, run] = await Promise.all([worker.plans.get(task.planDigest), worker.store.runs.get(task.runId)]).catch(unreadable);
    const node = plan.nodes.find(({ name }) => name === task.node);
    if (node === undefined || run === undefined)
      throw ApplicationFailure.nonRetryable(`the store knows no run '${task.runId}', or its plan no node '${task.node}'`, "STAGE_FAILED");
    const ingredients = ingredientsOf(node, task.inputs);
    const key = keyOf(ingredients);
    const journal = new StageJournal(worker.store, task.runId, node.name);
    const attempt: Attempt = { task, node, ingredients, key, project: run.projectFolder, number, journal };

    const found = await soundRecord(worker.store, key);
    if (found) return done(attempt, found.outputs, { cached: true, seconds: 0 });

    const closeAttempt = await worker.attempts.open(taskToken);
    try {
      const outcome = await runInHost(worker, attempt);
      const record = await worker.store.records.put({
        version: 1,
        key,
        node: node.name,
        pipeline: plan.pipeline,
        ingredients,
        inputs: [...task.inputs],
        outputs: outcome.outputs,
        report: outcome.report,
        startedAt: startedAt.toISOString(),
        seconds: outcome.seconds,
      });
      for (const warning of outcome.report.warnings ?? []) journal.log("warn", warning);
      return await done(attempt, record.outputs, { cached: false, seconds: outcome.seconds, ...summaryOf(record.report) });
    } catch (error) {
      throw await failureOf(worker, attempt, error);
    } finally {
      await closeAttempt();
    }
  };
}

/** A damaged plan or run is for a person to mend: the run is blocked, and says so. */
function unreadable(error: unknown): never {
  if (!isCrisolError(error) || ErrorCodes[error.parts.code].retry) throw error;
  throw applicationFailure(error.parts, false);
}

async function soundRecord(store: Store, key: Digest): Promise<StageRecord | undefined> {
  const record = await store.records.get(key);
  return record !== undefined && (await store.records.isSound(record)) ? record : undefined;
}

async function runInHost(worker: StageWorker, { node, key, task, project, number, journal }: Attempt): Promise<JobOutcome> {
  const scratch = await mkdtemp(join(worker.scratchFolder, `${node.name.replace(/[^\w.-]/g, "_")}-`));
  const context = Context.current();
  const heartbeat = setInterval(() => context.heartbeat(), HEARTBEAT_EVERY);
  try {
    return await worker.hosts.run({ node, key, inputs: task.inputs, project, store: worker.store.folder, scratch }, cancellationSignal(), {
      started: () => journal.attempt(number),
      progress: (progress) => journal.progress(progress),
      log: (level, message) => journal.log(level, message),
      checkpoint: (step) => journal.log("info", `checkpoint of step ${step} is in the store`),
    });
  } finally {
    clearInterval(heartbeat);
    await journal.flush();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function done(
  { node, key, number, journal }: Attempt,
  outputs: StageResult["outputs"],
  how: Pick<StageResult, "cached" | "seconds" | "summary">,
): Promise<StageResult> {
  await journal.node({ name: node.name, stage: node.stage, status: "done", attempts: number, key, outputs, ...how });
  return { key, outputs, attempts: number, ...how };
}

/** The failure that Temporal is told: retryable only where another attempt can mend it and the stage has attempts left. */
async function failureOf(worker: StageWorker, attempt: Attempt, error: unknown): Promise<Error> {
  const parts = partsOf(error, attempt.node);
  // a worker that shuts down cancels too, but then the attempt must be taken up elsewhere
  const { reason } = cancellationSignal();
  const canceled = reason instanceof CancelledFailure && reason.message === "CANCELLED";
  const retry = !canceled && ErrorCodes[parts.code].retry && (parts.code === "CANCELED" || (await hasAttemptsLeft(worker.store, attempt)));
  await attempt.journal.attemptFailed(attempt.number, parts, retry);
  if (canceled) return new CancelledFailure(parts.what);
  return applicationFailure(parts, retry);
}

function applicationFailure(parts: ErrorParts, retry: boolean): ApplicationFailure {
  return ApplicationFailure.create({ message: parts.what, type: parts.code, nonRetryable: !retry, details: [detailsOf(parts)] });
}

async function hasAttemptsLeft(store: Store, { task, node, key }: Attempt): Promise<boolean> {
  const step = await lastCheckpointStep(store, key);
  return (await countFailure(store, `${task.runId}/${node.name}`, step)) < node.resources.attempts;
}

function partsOf(error: unknown, node: PlanNode): ErrorParts {
  if (isCrisolError(error))
    return {
      ...error.parts,
      where: error.parts.where.includes(node.name) ? error.parts.where : `stage ${node.name}: ${error.parts.where}`,
    };
  const code: ErrorCode = systemCode(error);
  return {
    code,
    what: error instanceof Error ? error.message : String(error),
    where: `stage ${node.name}, in its worker`,
    why: "the stage's output could not be kept",
    fix: code === "STORE_FULL" ? "free disk space, then `crisol resume`" : "see `crisol logs` and `crisol doctor`, then `crisol resume`",
  };
}

function systemCode(error: unknown): ErrorCode {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") return "STORE_FULL";
  if (code === "EACCES" || code === "EROFS" || code === "EPERM") return "STORE_UNWRITABLE";
  return "HOST_CRASHED";
}

function detailsOf({ code, what, where, why, fix, damaged }: ErrorParts): Record<string, unknown> {
  return { code, what, where, why, fix, ...(damaged?.producer === undefined ? {} : { producer: damaged.producer }) };
}
