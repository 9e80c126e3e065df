import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { RunStatus } from "../schemas/run-state.ts";
import type { PauseRequest, Release, ResumeRequest, RunInput, RunProgress } from "./protocol.ts";
import { RunUnderWay } from "./run-under-way.ts";

/** How the run stands. */
export const progressQuery = defineQuery<RunProgress>("progress");
/** Go on with a blocked or paused run. */
export const resumeSignal = defineSignal<[ResumeRequest]>("resume");
/** Start nothing more, until `resume`. */
export const pauseSignal = defineSignal<[PauseRequest]>("pause");
/** A batch gives back what it has not begun. */
export const releaseSignal = defineSignal<[Release]>("release");

/** Events after which a history is continued in a new one as soon as nothing is under way; half as many more, and nothing is started until then. */
const LONGEST_HISTORY = 2_000;
/** Bytes after which it is, too: half of what the design allows. */
const LARGEST_HISTORY = 2_000_000;

/**
 * Run a plan to its end: completed, or failed because a gate said no, or cancelled.
 *
 * A stage that fails for good leaves the run blocked until `resume` or a cancellation.
 */
export async function runPlan(input: RunInput): Promise<RunStatus> {
  const { carried, longestHistory = LONGEST_HISTORY } = input;
  const run = new RunUnderWay(input);
  let request: ResumeRequest | undefined;
  let paused = carried?.paused ?? false;

  setHandler(progressQuery, () => run.progress);
  setHandler(releaseSignal, (release) => run.release(release));
  setHandler(resumeSignal, (resume) => {
    request = resume;
    run.changes += 1;
  });
  setHandler(pauseSignal, ({ when }) => {
    [paused, request] = [true, undefined];
    run.changes += 1;
    if (when === "now") run.callOff();
  });

  /** Work until the run is over, and return how; or until it rests, blocked or paused. */
  const untilRest = async (): Promise<RunStatus | undefined> => {
    for (;;) {
      const { historyLength, historySize } = workflowInfo();
      const isLong = historyLength > longestHistory || historySize > LARGEST_HISTORY;
      // a pause that is taken back before the run has come to rest
      if (paused && request !== undefined && request.plan === undefined) [paused, request] = [false, undefined];
      // one that comes while nothing waits for it is none
      if (!paused) request = undefined;
      if (isLong && !run.isBusy && run.changes > 0 && request === undefined && run.verdict === "running")
        await continueAsNew<typeof runPlan>({ ...input, ...run.carryOn(paused) });
      if (!paused && historyLength <= 1.5 * longestHistory && historySize <= 1.5 * LARGEST_HISTORY) run.startBatches();
      const { verdict } = run;
      if (verdict === "completed" || verdict === "failed") {
        await run.turn(verdict);
        if (run.rejected) throw ApplicationFailure.nonRetryable(run.rejected.what, "REJECTED", run.rejected);
        return verdict;
      }
      if (!run.isBusy) break;
      const seen = run.changes;
      await condition(() => run.changes > seen);
    }
    if (request === undefined) await run.turn(paused ? "paused" : "blocked");
    return undefined;
  };

  try {
    for (let begun = await run.begin(carried !== undefined); ; ) {
      const ended = begun ? await untilRest() : undefined;
      if (ended !== undefined) return ended;
      await condition(() => request !== undefined);
      const { plan }: ResumeRequest = request ?? {};
      [paused, request] = [false, undefined];
      if (plan !== undefined) begun = await run.amend(plan);
      else if (begun) await run.retry();
      else begun = await run.begin(false);
    }
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(async () => {
      run.callOff();
      await run.settled();
      await run.turn("canceled");
    });
    throw error;
  }
}
