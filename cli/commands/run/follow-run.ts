import { eventsUntilSettled } from "../../../engine/runs/events-until-settled.ts";
import { exportModels } from "../../../engine/runs/export-models.ts";
import { servicesEnded, whenServicesEnd } from "../../../engine/runs/services-gone.ts";
import type { RunState } from "../../../schemas/run-state.ts";
import type { PlacedView } from "../../../store/runs/run-fold.ts";
import type { Runs } from "../../../store/runs/runs.ts";
import { renderError } from "../../../system/text/error-text.ts";
import { visible } from "../../../system/text/visible-text.ts";
import type { Session } from "../../session.ts";
import { JsonLines, resultLine } from "../../view/run/json-lines.ts";
import { LiveTable } from "../../view/run/live-table.ts";
import { PlainLines } from "../../view/run/plain-lines.ts";
import { summaryLines } from "../../view/run/run-summary.ts";
import { LiveView } from "../../view/run/run-view.ts";

/** How following a run ended: the run rests, or the user interrupted. */
export type Followed = { readonly state: RunState } | { readonly interrupted: true };

/**
 * Show a run's journal as it grows, until the run rests (completed, failed, cancelled, blocked or paused) or the user presses Ctrl-C.
 *
 * @param from a view of the run, from which its journal is shown; otherwise it is shown from the beginning
 * @throws CrisolError SERVER_UNREACHABLE if its services end
 */
export async function followRun(session: Session, runId: string, from?: PlacedView): Promise<Followed> {
  const store = await session.store();
  const before = from ?? (await beginning(store.runs, runId));
  const [plain, jsonLines] = [new PlainLines(before.state.nodes), new JsonLines(before.state.nodes)];
  const view = new LiveView(before);
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once("SIGINT", onInterrupt);
  const table = session.terminal.live ? new LiveTable(process.stdout, view) : undefined;
  let rest: RunState | undefined;
  let ended = false;
  const endWatch = whenServicesEnd(session, () => {
    ended = true;
    interrupt.abort();
  });
  try {
    for await (const event of eventsUntilSettled(store.runs, runId, { from: before.place, signal: interrupt.signal })) {
      view.take(event);
      if (event.type === "log" && event.level === "warn") table?.print(`${event.node}: ${visible(event.message)}`);
      if (table === undefined) for (const line of plain.of(event)) session.terminal.line(line);
      for (const value of jsonLines.of(event)) session.terminal.value(value);
      if (event.type === "state") rest = event.state.status === "running" ? undefined : event.state;
    }
    if (rest !== undefined) return { state: rest };
    if (ended) throw servicesEnded(runId);
    return { interrupted: true };
  } finally {
    endWatch();
    table?.stop();
    process.off("SIGINT", onInterrupt);
  }
}

/** The beginning of a run's journal, with the progress of nodes at work as it is now: what they reported before is not shown again. */
async function beginning(runs: Runs, runId: string): Promise<PlacedView> {
  const [start, now] = [await runs.start(runId), await runs.view(runId)];
  return { ...start, progress: now.progress, place: { ...start.place, series: now.place.series } };
}

/** Follow a run until it rests, export its models into the home, print how it ended, and return the command's exit code. */
export async function followUntilSettled(session: Session, runId: string, from?: PlacedView): Promise<number> {
  const followed = await followRun(session, runId, from);
  if ("state" in followed) await exportModels(session, followed.state);
  return concludeRun(session, runId, followed);
}

/** Print how a run ended or rests, and return the command's exit code. */
export async function concludeRun(session: Session, runId: string, followed: Followed): Promise<number> {
  const { terminal } = session;
  if ("interrupted" in followed) {
    terminal.line(`\nThe run continues.\n  follow it:  crisol watch ${runId}\n  stop it:    crisol cancel ${runId}`);
    return 130;
  }
  const { state } = followed;
  terminal.value(resultLine(state));
  if (terminal.json) return exitCode(state);
  if (state.error !== undefined) terminal.line(`\n${renderError(state.error)}`);
  for (const node of state.nodes) if (node.error !== undefined && node.status === "failed") terminal.line(`\n${renderError(node.error)}`);
  for (const line of await summaryLines(session, state)) terminal.line(line);
  return exitCode(state);
}

function exitCode(state: RunState): number {
  return state.status === "completed" ? 0 : 1;
}
