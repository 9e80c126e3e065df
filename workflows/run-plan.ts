import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  proxyLocalActivities,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from "@temporalio/workflow";
import type { PlanNode } from "../schemas/plan.ts";
import type { RunStatus } from "../schemas/run-state.ts";
import { type Batch, batches } from "./batches.ts";
import { runFanOut } from "./fan-out.ts";
import { begin, carryOn, fail, type Interpretation, retry, start, stop, succeed, turnOf, verdict } from "./interpreter.ts";
import type { FanOut, PauseRequest, Release, ResumeRequest, RunActivities, RunInput, RunProgress } from "./protocol.ts";
import { stageActivity } from "./stage-activity.ts";
import { stageError } from "./stage-error.ts";

/** How the run stands. */
export const progressQuery = defineQuery<RunProgress>("progress");
/** Go on with a blocked or paused run. */
export const resumeSignal = defineSignal<[ResumeRequest]>("resume");
/** Start nothing more, until `resume`. */
export const pauseSignal = defineSignal<[PauseRequest]>("pause");
/** A batch gives back what it has not begun. */
export const releaseSignal = defineSignal<[Release]>("release");

/** Events after which a history is continued in a new one as soon as nothing is under way, and after which nothing is started until then. */
const LONGEST_HISTORY = 2_000;
/** Bytes of a history after which it is continued in a new one: half of what design allows. */
const LARGEST_HISTORY = 2_000_000;

const { resolve, journal } = proxyLocalActivities<RunActivities>({
  startToCloseTimeout: "10 minutes",
  retry: { maximumInterval: "10 seconds" },
});

/**
 * Run a plan to its end: completed, or failed because a gate said no, or cancelled.
 *
 * A stage that fails for good leaves the run blocked until `resume` or a cancellation.
 */
export async function runPlan(input: RunInput): Promise<RunStatus> {
  const { runId, queue, carried, longestHistory = LONGEST_HISTORY } = input;
  let { plan, planDigest } = input;
  let status: RunStatus = "running";
  let state: Interpretation = begin(plan, "", carried);
  let slots = { cpu: 1, gpu: 1 };
  let request: ResumeRequest | undefined;
  let paused = carried?.paused ?? false;
  let changes = 0;
  let started = 0;
  /** By number: what is under way. */
  const running = new Map<number, { readonly queue: Batch["queue"]; readonly nodes: Set<string>; readonly ended: Promise<void> }>();
  let scope = new CancellationScope();

  const progress = (): RunProgress => ({ status, planDigest, nodes: plan.nodes.map(({ name }) => turnOf(state, name)) });
  setHandler(progressQuery, progress);
  setHandler(resumeSignal, (resume) => {
    request = resume;
    changes += 1;
  });
  setHandler(pauseSignal, ({ when }) => {
    paused = true;
    request = undefined;
    changes += 1;
    if (when === "now") scope.cancel();
  });
  setHandler(releaseSignal, ({ batch, nodes }) => {
    const from = running.get(batch)?.nodes;
    const released = nodes.filter((name) => from?.delete(name));
    state = stop(state, released);
    changes += 1;
  });

  const attributes = () => ({ CrisolStatus: [status], CrisolPlan: [planDigest] });
  const turn = async (to: RunStatus): Promise<void> => {
    status = to;
    upsertSearchAttributes(attributes());
    await journal({ runId, ...progress() });
  };

  const begins = async (continued: boolean): Promise<void> => {
    const resolution = await resolve({ runId, planDigest, continued }).catch(async (error: unknown) => {
      if (isCancellation(error)) throw error;
      status = "failed";
      await journal({ runId, ...progress(), error: stageError(error, plan.pipeline) });
      throw error;
    });
    slots = resolution.slots;
    state = begin(plan, resolution.made, continued ? carried : undefined);
    status = "running";
    if (!continued) upsertSearchAttributes(attributes());
  };

  const runBatch = async ({ nodes, queue: resource }: Batch, batch: number, mine: Set<string>): Promise<void> => {
    const [first] = nodes;
    if (first === undefined) return;
    try {
      const summary = nodes.map(({ name }) => name).join(", ");
      const activity = stageActivity({ queue, resource, stage: first.stage, summary });
      const result = await activity({ runId, planDigest, batch, nodes: nodes.map(({ name }) => name) });
      for (const made of result.made) {
        mine.delete(made.node);
        state = succeed(state, made);
      }
      if (result.failed) {
        mine.delete(result.failed.node);
        state = fail(state, result.failed.node, result.failed.error);
      }
      if (result.fanOut) await runShardsOf(nodes, result.fanOut, mine);
    } catch (error) {
      // what the batch had made before has records, and costs nothing when it is run again
      const [name = first.name] = mine;
      if (!isCancellation(error)) {
        mine.delete(name);
        state = fail(state, name, stageError(error, name));
      }
    } finally {
      state = stop(state, [...mine]);
      running.delete(batch);
      changes += 1;
    }
  };

  const runShardsOf = async (nodes: readonly PlanNode[], fanOut: FanOut, mine: Set<string>): Promise<void> => {
    const node = nodes.find(({ name }) => name === fanOut.node);
    if (node === undefined) return;
    state = stop(
      state,
      [...mine].filter((name) => name !== node.name),
    );
    mine.clear();
    mine.add(node.name);
    changes += 1;
    started += 1;
    const error = await runFanOut({ runId, planDigest, queue }, node, fanOut, started);
    if (error === undefined) return;
    mine.delete(node.name);
    state = fail(state, node.name, error);
  };

  const startBatches = (): void => {
    const free = { ...slots };
    for (const { queue } of running.values()) free[queue] -= 1;
    for (const batch of batches(state, free)) {
      const number = started;
      started += 1;
      const nodes = new Set(batch.nodes.map(({ name }) => name));
      state = start(state, [...nodes]);
      running.set(number, { queue: batch.queue, nodes, ended: scope.run(() => runBatch(batch, number, nodes)) });
    }
  };

  try {
    await begins(carried !== undefined);
    for (;;) {
      const events = workflowInfo().historyLength;
      if ((events > longestHistory || workflowInfo().historySize > LARGEST_HISTORY) && running.size === 0)
        await continueAsNew<typeof runPlan>({ ...input, plan, planDigest, carried: carryOn(state, paused) });
      if (paused && request !== undefined && request.plan === undefined) {
        [paused, request] = [false, undefined];
        if (scope.consideredCancelled) scope = new CancellationScope();
      }
      if (!paused && events <= 1.5 * longestHistory) startBatches();
      const now = running.size > 0 ? "running" : verdict(state);
      if (now === "completed" || now === "failed") {
        await turn(now);
        if (state.rejected) throw ApplicationFailure.nonRetryable(state.rejected.what, "REJECTED", state.rejected);
        return now;
      }
      if (running.size > 0 || (now === "running" && !paused)) {
        const seen = changes;
        await condition(() => changes > seen);
        continue;
      }
      // one that came while nothing waited for it is none
      if (!paused) request = undefined;
      if (request === undefined) await turn(paused ? "paused" : "blocked");
      await condition(() => request !== undefined);
      const amended = (request as ResumeRequest | undefined)?.plan;
      request = undefined;
      paused = false;
      scope = new CancellationScope();
      if (amended) {
        ({ plan, digest: planDigest } = amended);
        await begins(false);
      } else {
        state = retry(state);
        await turn("running");
      }
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(async () => {
      scope.cancel();
      await Promise.all([...running.values()].map(({ ended }) => ended));
      await turn("canceled");
    });
    throw error;
  }
}
