import { ApplicationFailure, CancelledFailure, cancellationSignal } from "@temporalio/activity";
import type { Digest } from "../../schemas/digest.ts";
import { ErrorCodes, type ErrorParts, errorData, isCrisolError } from "../../schemas/error.ts";
import { storeCodeOf } from "../../system/files/file-errors.ts";
import type { StageError } from "../../workflows/protocol.ts";
import { lastCheckpointStep } from "../hosts/child/stage-checkpoints.ts";
import { countFailure, failureName, forgetFailures } from "./failure-count.ts";
import type { Attempt, StageWorker } from "./stage-worker.ts";

/** Longest wait before another attempt. */
const LONGEST_WAIT_MS = 60_000;

/** What happens to a stage whose attempt failed. */
interface Verdict {
  /** Another attempt may succeed, and there is one left. */
  readonly retry: boolean;
  /** Time before that attempt: by the failures that are counted, for the server counts attempts that were lost with their worker too. */
  readonly waitMs?: number;
  /** The run asked for it. */
  readonly canceled: boolean;
}

/** Why an attempt failed, and what happens to its stage. */
export class StageFailure extends Error {
  readonly node: string;
  readonly error: StageError;
  readonly retry: boolean;
  readonly canceled: boolean;
  readonly #verdict: Verdict;

  constructor(node: string, error: StageError, verdict: Verdict) {
    super(error.what);
    this.node = node;
    this.error = error;
    this.retry = verdict.retry;
    this.canceled = verdict.canceled;
    this.#verdict = verdict;
  }

  /** The failure as it is reported to Temporal. */
  toTemporal(): Error {
    return this.canceled ? new CancelledFailure(this.message) : applicationFailure(this.error, this.#verdict);
  }
}

/** An error with its parts, as it is reported to Temporal. */
export function applicationFailure(error: StageError, { retry, waitMs }: Pick<Verdict, "retry" | "waitMs">): ApplicationFailure {
  const details: StageError = { ...errorData(error), ...(error.producer === undefined ? {} : { producer: error.producer }) };
  return ApplicationFailure.create({
    message: error.what,
    type: error.code,
    nonRetryable: !retry,
    details: [details],
    nextRetryDelay: waitMs,
  });
}

/** What is known of an attempt that failed: it may not have got as far as a key. */
interface FailedAttempt extends Pick<Attempt, "run" | "node" | "number" | "journal"> {
  readonly key?: Digest;
  /** The shard that it was at. */
  readonly shard?: FailedShard;
}

/** The shard of a mapped node that an attempt failed at. */
interface FailedShard {
  readonly index: number;
  readonly name: string;
  readonly key: Digest;
}

/**
 * Judge and record the failure of an attempt: retryable only if another attempt may succeed and the stage has attempts left.
 *
 * Each shard's attempts are counted separately. A shard that has none left is only logged: whether the node fails is up to the run, once the other
 * shards are done.
 */
export async function judgeFailure(worker: StageWorker, attempt: FailedAttempt, error: unknown): Promise<StageFailure> {
  const { run, node, journal, number, shard } = attempt;
  const parts = placedIn(shard, partsOf(error, node.name));
  // a worker that shuts down cancels too, but then the attempt must be taken up elsewhere
  const { reason } = cancellationSignal();
  const canceled = reason instanceof CancelledFailure && reason.message === "CANCELLED";
  const name = failureName(run.runId, node.name, shard?.index);
  const isRetryable = !canceled && ErrorCodes[parts.code].retry;
  // an attempt that was stopped is no failure of the stage, and is retried at once
  const counts = isRetryable && parts.code !== "CANCELED";
  const key = shard?.key ?? attempt.key;
  const failures = counts ? await countFailure(worker.store, name, key && (await lastCheckpointStep(worker.store, key))) : 0;
  const retry = isRetryable && failures < node.resources.attempts;
  const waitMs = failures === 0 ? 1 : Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** (failures - 1));
  if (isRetryable && !retry) await forgetFailures(worker.store, name);
  const producer = parts.damaged && (worker.outputs.makerOf(run, parts.damaged) ?? ownPart(parts, attempt));
  if (parts.code === "ARTIFACT_DAMAGED") worker.outputs.forget(run);
  if (shard === undefined || canceled || retry || producer !== undefined)
    await journal.attemptFailed(number, parts, retry || producer !== undefined);
  else journal.log("error", `shard ${shard.index} (${shard.name}) failed: ${parts.what}`);
  const reported = { ...errorData(parts), ...(producer === undefined ? {} : { producer }) };
  return new StageFailure(node.name, reported, { retry, waitMs, canceled });
}

function placedIn(shard: FailedShard | undefined, parts: ErrorParts): ErrorParts {
  return shard === undefined ? parts : { ...parts, where: `shard ${shard.index} (${shard.name}) of ${parts.where}` };
}

/** A damaged part that belongs to no artifact yet is an output of one of the node's own shards: running the node again recreates it. */
function ownPart({ damaged }: ErrorParts, { node, key }: FailedAttempt): string | undefined {
  const isOwn = damaged?.producer === undefined ? damaged?.artifact === undefined : damaged.producer === key;
  return isOwn ? node.name : undefined;
}

function partsOf(error: unknown, node: string): ErrorParts {
  if (isCrisolError(error))
    return { ...error.parts, where: error.parts.where.includes(node) ? error.parts.where : `stage ${node}: ${error.parts.where}` };
  if (error instanceof CancelledFailure) return stopped(node);
  const code = storeCodeOf(error) ?? "HOST_CRASHED";
  return {
    code,
    what: error instanceof Error ? error.message : String(error),
    where: `stage ${node}, in its worker`,
    why: "the stage's output could not be stored",
    fix: code === "STORE_FULL" ? "free disk space, then `crisol resume`" : "see `crisol logs` and `crisol doctor`, then `crisol resume`",
  };
}

function stopped(node: string): ErrorParts {
  return {
    code: "CANCELED",
    what: "the stage was stopped before it began",
    where: `stage ${node}`,
    why: "the run was cancelled or paused, or its worker is shutting down",
    fix: "resume the run",
  };
}
