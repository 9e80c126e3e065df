import type { RunEvent } from "../../schemas/event.ts";
import type { Runs } from "../../store/runs/runs.ts";

/**
 * A run's past and future events, until it rests (completed, failed, cancelled, blocked or paused) or the signal aborts.
 *
 * A rest from which the run has since been resumed does not end the events.
 *
 * @param options.from the number of the first event
 */
export async function* eventsUntilSettled(
  runs: Pick<Runs, "events" | "follow">,
  runId: string,
  { signal, from = 0 }: { readonly signal: AbortSignal; readonly from?: number },
): AsyncGenerator<RunEvent> {
  let next = from;
  let rests = false;
  for await (const event of runs.events(runId, { from })) {
    next += 1;
    if (event.type === "state") rests = isSettled(event);
    yield event;
  }
  if (rests) return;
  for await (const event of runs.follow(runId, signal, { from: next })) {
    yield event;
    if (event.type === "state" && isSettled(event)) return;
  }
}

function isSettled({ state }: Extract<RunEvent, { type: "state" }>): boolean {
  return state.status !== "running";
}
