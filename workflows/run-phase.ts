/**
 * The state machine of a run: the phases that it goes through, and which event leads from one to another. Pure and plain, so that it is tested without
 * Temporal; `run-plan.ts` does what each phase is there for, and reports how that ended as an event.
 *
 *     beginning | amending | retrying ──▶ running ◀──▶ draining | pausing
 *     running | draining | pausing ──▶ (halting ──▶) resting ──▶ retrying | amending | beginning
 *     running | draining | pausing ──▶ continuing, in a new history that begins
 *     running | draining | pausing ──▶ ending ──▶ ended
 *     any of them ──▶ cancelling ──▶ ending ──▶ ended
 */
import type { Amendment, PauseRequest, ResumeRequest, StageError } from "./protocol.ts";

/** Where a run is. Each phase is named by what the run does in it. */
export type RunPhase =
  /** It looks up what the store has of its plan; `continued`: in a new history. */
  | { readonly name: "beginning"; readonly continued: boolean; readonly asked: Asked }
  /** It takes up another plan, and looks up what the store has of that. */
  | { readonly name: "amending"; readonly amendment: Amendment; readonly asked: Asked }
  /** It lets what failed wait again, and reports that it runs. */
  | { readonly name: "retrying"; readonly asked: Asked }
  /** It hands everything that can run to workers, and waits for a change. */
  | { readonly name: "running" }
  /** It starts nothing, for its history is too long: once nothing is under way, it goes on in a new one. */
  | { readonly name: "draining" }
  /** It starts nothing, for it was asked to pause: what is under way ends first. `resume`: how to continue after that, or instead. */
  | { readonly name: "pausing"; readonly resume?: ResumeRequest }
  /** Nothing is under way, and it reports that it rests. */
  | { readonly name: "halting"; readonly rest: Rest; readonly resume?: ResumeRequest }
  /** It waits to be resumed. `resume`: how it is to continue. */
  | { readonly name: "resting"; readonly rest: Rest; readonly resume?: ResumeRequest }
  /** It goes on in a new history, where it pauses if it was about to. */
  | { readonly name: "continuing"; readonly isPaused: boolean }
  /** It was cancelled, and waits until nothing is under way. */
  | { readonly name: "cancelling" }
  /** It reports how it ends. */
  | { readonly name: "ending"; readonly status: EndStatus }
  | { readonly name: "ended"; readonly status: EndStatus };

/** How a run ends. */
export type EndStatus = "completed" | "failed" | "canceled";

/** Why a run rests: it was asked to, nothing can run until something is done about what failed, or its plan can't be read. */
export type Rest = { readonly why: "paused" | "blocked" } | { readonly why: "unreadable"; readonly error: StageError };

/** What was asked of a run while it could not act on it: to pause, and after that (or without a pause) to resume. */
export interface Asked {
  readonly pause: boolean;
  readonly resume?: ResumeRequest;
}

/** What happens to a run. */
export type RunEvent =
  /** Signals, which come at any time. */
  | { readonly type: "resume"; readonly request: ResumeRequest }
  | { readonly type: "pause"; readonly request: PauseRequest }
  /** The store was looked up. */
  | { readonly type: "begun"; readonly standing: Standing }
  /** It was not, for the plan can't be read. */
  | { readonly type: "unreadable"; readonly error: StageError }
  /** The journal has what the run reports. */
  | { readonly type: "reported"; readonly standing: Standing }
  /** Something has happened since the run last looked: a batch ended or gave nodes back, or a signal came. */
  | { readonly type: "changed"; readonly standing: Standing }
  | { readonly type: "cancelled" }
  /** Nothing is under way any more after a cancellation. */
  | { readonly type: "settled" };

/** What a run finds when it looks at itself. */
export interface Standing {
  /** What its nodes allow: some are under way; none is, but some can run; none can; all are done; or a gate said no. */
  readonly work: "under way" | "ready" | "blocked" | "completed" | "failed";
  /** How long its history is: a long one is to be continued once nothing is under way, an overlong one takes nothing more until then. */
  readonly history: "short" | "long" | "overlong";
}

type Signal = Extract<RunEvent, { readonly type: "resume" | "pause" }>;

const NOTHING: Asked = { pause: false };

/** The phase in which a run begins, or goes on from an earlier history. */
export function firstPhase(carried: { readonly paused: boolean } | undefined): RunPhase {
  return { name: "beginning", continued: carried !== undefined, asked: { pause: carried?.paused ?? false } };
}

/**
 * The phase that an event leads to.
 *
 * @throws RangeError when the event can't happen in the phase
 */
export function transition(phase: RunPhase, event: RunEvent): RunPhase {
  switch (event.type) {
    case "resume":
    case "pause":
      return signalled(phase, event);
    case "cancelled":
      return phase.name === "ended" ? phase : { name: "cancelling" };
    case "begun":
      if (phase.name === "beginning" || phase.name === "amending") return setOut(phase.asked, event.standing);
      break;
    case "unreadable":
      if (phase.name === "beginning" || phase.name === "amending")
        return { name: "halting", rest: { why: "unreadable", error: event.error }, ...resumeOf(phase.asked) };
      break;
    case "reported":
      if (phase.name === "retrying") return setOut(phase.asked, event.standing);
      if (phase.name === "halting") return { ...phase, name: "resting" };
      if (phase.name === "ending") return { name: "ended", status: phase.status };
      break;
    case "changed":
      if (phase.name === "running" || phase.name === "draining" || phase.name === "pausing") return look(phase, event.standing);
      if (phase.name === "resting") return leaveRest(phase);
      break;
    case "settled":
      if (phase.name === "cancelling") return { name: "ending", status: "canceled" };
      break;
  }
  throw new RangeError(`a run that is ${phase.name} takes no event '${event.type}'`);
}

/** Whether an event stops the stages that are under way. */
export function stopsStages(event: RunEvent): boolean {
  switch (event.type) {
    case "pause":
      return event.request.when === "now";
    case "cancelled":
      return true;
    case "resume":
    case "begun":
    case "unreadable":
    case "reported":
    case "changed":
    case "settled":
      return false;
  }
}

/** Take a signal in: most take effect when the run next looks, so that of several that arrive together the last one counts. */
function signalled(phase: RunPhase, signal: Signal): RunPhase {
  switch (phase.name) {
    case "beginning":
    case "amending":
    case "retrying":
      return { ...phase, asked: signal.type === "pause" ? { pause: true } : { ...phase.asked, resume: signal.request } };
    case "running":
    case "draining":
      // a resume that arrives while nothing waits for it has no effect
      return signal.type === "pause" ? { name: "pausing" } : phase;
    case "pausing":
      return { name: "pausing", ...(signal.type === "pause" ? {} : { resume: signal.request }) };
    case "halting":
    case "resting":
      return { name: phase.name, rest: phase.rest, ...(signal.type === "pause" ? {} : { resume: signal.request }) };
    case "continuing":
    case "cancelling":
    case "ending":
    case "ended":
      return phase;
  }
}

/** Run, or pause at once where that was asked meanwhile. */
function setOut(asked: Asked, standing: Standing): RunPhase {
  return look(asked.pause ? { name: "pausing", ...resumeOf(asked) } : { name: "running" }, standing);
}

/** Where a run that is at work goes from how it stands. */
function look(phase: Extract<RunPhase, { readonly name: "running" | "draining" | "pausing" }>, { work, history }: Standing): RunPhase {
  const resume = phase.name === "pausing" ? phase.resume : undefined;
  // a resume with no other plan takes a pause back, as long as the run has not come to rest
  const isPausing = phase.name === "pausing" && (resume === undefined || resume.plan !== undefined);
  switch (work) {
    case "under way":
      if (isPausing) return phase;
      return { name: history === "overlong" ? "draining" : "running" };
    case "ready":
      if (isPausing && resume !== undefined) return { name: "resting", rest: { why: "paused" }, resume };
      if (history !== "short") return { name: "continuing", isPaused: isPausing };
      return isPausing ? { name: "halting", rest: { why: "paused" } } : { name: "running" };
    case "blocked":
      if (isPausing && resume !== undefined) return { name: "resting", rest: { why: "paused" }, resume };
      return { name: "halting", rest: { why: isPausing ? "paused" : "blocked" } };
    case "completed":
    case "failed":
      return { name: "ending", status: work };
  }
}

/** Continue from a rest, once that was requested. */
function leaveRest(phase: Extract<RunPhase, { readonly name: "resting" }>): RunPhase {
  const { rest, resume } = phase;
  if (resume === undefined) return phase;
  if (resume.plan !== undefined) return { name: "amending", amendment: resume.plan, asked: NOTHING };
  return rest.why === "unreadable" ? { name: "beginning", continued: false, asked: NOTHING } : { name: "retrying", asked: NOTHING };
}

function resumeOf({ resume }: Asked): { readonly resume?: ResumeRequest } {
  return resume === undefined ? {} : { resume };
}
