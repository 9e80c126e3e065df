import { ApplicationFailure, CancellationScope, defineQuery, defineSignal, isCancellation, setHandler } from "@temporalio/workflow";
import type { RunStatus } from "../schemas/run-state.ts";
import type { PauseRequest, Release, ResumeRequest, RunInput, RunProgress } from "./protocol.ts";
import { RunEffects } from "./run-effects.ts";
import { firstPhase, type RunEvent, stopsStages, transition } from "./run-phase.ts";

/** How the run stands. */
export const progressQuery = defineQuery<RunProgress>("progress");
/** Go on with a blocked or paused run. */
export const resumeSignal = defineSignal<[ResumeRequest]>("resume");
/** Start nothing more, until `resume`. */
export const pauseSignal = defineSignal<[PauseRequest]>("pause");
/** A batch gives back what it has not begun. */
export const releaseSignal = defineSignal<[Release]>("release");

/**
 * Run a plan to its end: completed, or failed because a gate said no, or cancelled.
 *
 * A stage that fails for good leaves the run blocked until `resume` or a cancellation. Which phases a run goes through is said in `run-phase.ts`,
 * what it does in them in `run-effects.ts`.
 */
export async function runPlan(input: RunInput): Promise<RunStatus> {
  const effects = new RunEffects(input);
  let phase = firstPhase(input.carried);

  const take = (event: RunEvent): void => {
    phase = transition(phase, event);
    if (stopsStages(event)) effects.stopStages();
  };
  const takeSignal = (signal: RunEvent): void => {
    take(signal);
    effects.noteSignal();
  };
  setHandler(progressQuery, () => effects.progress);
  setHandler(releaseSignal, (release) => effects.release(release));
  setHandler(resumeSignal, (request) => takeSignal({ type: "resume", request }));
  setHandler(pauseSignal, (request) => takeSignal({ type: "pause", request }));

  const untilEnded = async (): Promise<RunStatus> => {
    while (phase.name !== "ended") take(await effects.perform(phase));
    return phase.status;
  };

  try {
    const status = await untilEnded();
    if (effects.rejected) throw ApplicationFailure.nonRetryable(effects.rejected.what, "REJECTED", effects.rejected);
    return status;
  } catch (error) {
    if (!isCancellation(error)) throw error;
    take({ type: "cancelled" });
    await CancellationScope.nonCancellable(untilEnded);
    throw error;
  }
}
