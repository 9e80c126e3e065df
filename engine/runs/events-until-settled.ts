import type { RunEvent } from "../../schemas/event.ts";
import { type JournalPlace, journalStart } from "../../store/runs/journal-place.ts";
import type { Runs } from "../../store/runs/runs.ts";

/**
 * A run's past and future events, until it rests (completed, failed, cancelled, blocked or paused) or the signal aborts.
 *
 * A rest from which the run has since been resumed does not end the events.
 *
 * @param options.from where in the journal to begin
 */
export async function* eventsUntilSettled(
  runs: Pick<Runs, "events" | "follow">,
  runId: string,
  { signal, from: place = journalStart() }: { readonly signal: AbortSignal; readonly from?: JournalPlace | undefined },
): AsyncGenerator<RunEvent> {
  let rests = false;
  for await (const event of runs.events(runId, place)) {
    if (event.type === "state") rests = isSettled(event);
    yield event;
  }
  if (rests) return;
  for await (const event of runs.follow(runId, signal, place)) {
    yield event;
    if (event.type === "state" && isSettled(event)) return;
  }
}

function isSettled({ state }: Extract<RunEvent, { type: "state" }>): boolean {
  return state.status !== "running";
}
