import {
  ActivityCancellationType,
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  TimeoutFailure,
  upsertSearchAttributes,
} from "@temporalio/workflow";
import type { RunState, RunStatus } from "../schemas/run-state.ts";
import { begin, describe, fail, type Interpretation, type ReadyNode, ready, retry, start, stop, succeed, verdict } from "./interpreter.ts";
import type { ResumeRequest, RunActivities, RunInput, RunStage, StageError } from "./protocol.ts";

/** How the run stands. */
export const stateQuery = defineQuery<RunState>("state");
/** Go on with a blocked run. */
export const resumeSignal = defineSignal<[ResumeRequest]>("resume");

const { resolve, journal } = proxyLocalActivities<RunActivities>({
  startToCloseTimeout: "10 minutes",
  retry: { maximumInterval: "10 seconds" },
});

/**
 * Run a plan to its end: completed, or failed because a gate said no, or cancelled.
 *
 * A stage that fails for good leaves the run blocked until `resume` or a cancellation.
 */
export async function runPlan(input: RunInput): Promise<RunState> {
  let { plan, planDigest } = input;
  let status: RunStatus = "running";
  let state: Interpretation = begin(plan, { cached: [], notes: [] });
  let request: ResumeRequest | undefined;
  let changes = 0;
  const attempts = new Set<Promise<void>>();

  const run = () => describe(state, { runId: input.runId, planDigest, status });
  setHandler(stateQuery, run);
  setHandler(resumeSignal, (resume) => {
    request = resume;
  });

  const turn = async (to: RunStatus): Promise<void> => {
    status = to;
    upsertSearchAttributes({ CrisolStatus: [to], CrisolPlan: [planDigest] });
    await journal({ state: run() });
  };

  const runNode = async ({ node, inputs }: ReadyNode): Promise<void> => {
    try {
      const stage = stageActivity(input.queue, node)(node.stage);
      const result = await stage({ runId: input.runId, planDigest, node: node.name, inputs });
      state = succeed(state, node.name, result);
    } catch (error) {
      state = isCancellation(error) ? stop(state, node.name) : fail(state, node.name, stageError(error, node.name), 1);
    } finally {
      changes += 1;
    }
  };

  try {
    state = begin(plan, await resolve({ runId: input.runId, planDigest }));
    await turn("running");
    for (;;) {
      for (const next of ready(state)) {
        state = start(state, next.node.name);
        const running: Promise<void> = runNode(next).finally(() => attempts.delete(running));
        attempts.add(running);
      }
      const now = verdict(state);
      if (now === "completed" || now === "failed") {
        await turn(now);
        if (now === "failed") throw rejection(state);
        return run();
      }
      if (now === "running") {
        const seen = changes;
        await condition(() => changes > seen);
        continue;
      }
      request = undefined;
      await turn("blocked");
      await condition(() => request !== undefined);
      const amended = (request as ResumeRequest | undefined)?.plan;
      if (amended) {
        ({ plan, digest: planDigest } = amended);
        state = begin(plan, await resolve({ runId: input.runId, planDigest }));
      } else {
        state = retry(state);
      }
      await turn("running");
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(async () => {
      await Promise.all(attempts);
      await turn("canceled");
    });
    throw error;
  }
}

function stageActivity(queue: string, { name, resources }: ReadyNode["node"]): (stage: string) => RunStage {
  const stages = proxyActivities<Record<string, RunStage>>({
    taskQueue: `${queue}-${resources.queue}`,
    startToCloseTimeout: `${resources.timeout} seconds`,
    heartbeatTimeout: "10 seconds",
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    // attempts are counted where they fail, so that those lost with their worker don't count
    retry: { initialInterval: "1 second", backoffCoefficient: 2, maximumInterval: "1 minute" },
    summary: name,
  });
  return (stage) => {
    const activity = stages[stage];
    if (activity === undefined) throw ApplicationFailure.nonRetryable(`no activity for stage '${stage}'`);
    return activity;
  };
}

function stageError(error: unknown, node: string): StageError {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const [parts] = (cause.details ?? []) as [StageError?];
    if (parts) return parts;
  }
  const what = cause instanceof Error ? cause.message : String(cause);
  return {
    code: cause instanceof TimeoutFailure ? "STAGE_TIMEOUT" : "STAGE_FAILED",
    what,
    where: `stage ${node}`,
    why: "the run can't go on without this stage's output",
    fix:
      cause instanceof TimeoutFailure
        ? "give the stage more time (resources.timeout) or less work, then `crisol resume`"
        : "mend the stage, then `crisol resume`",
  };
}

function rejection(state: Interpretation): ApplicationFailure {
  const rejected = [...state.nodes.values()].find((node) => node.error?.code === "REJECTED");
  return ApplicationFailure.nonRetryable(rejected?.error?.what ?? "rejected", "REJECTED", rejected?.error);
}
