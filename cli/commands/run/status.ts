import { findRun } from "../../../engine/runs/find-run.ts";
import { servicesStatus } from "../../../engine/services/up.ts";
import type { StatusReport } from "../../../schemas/command-output/status-report.ts";
import type { RunView } from "../../../store/runs/run-fold.ts";
import { renderError } from "../../../system/text/error-text.ts";
import { duration, progressText, waitingText } from "../../../system/text/figures.ts";
import { yellow } from "../../../system/text/styles.ts";
import type { Session } from "../../session.ts";
import { summaryLines } from "../../view/run/run-summary.ts";

/** `crisol status`: the state of a run, from its journal; works with no server up. */
export async function statusCommand(session: Session, given: string | undefined): Promise<void> {
  const store = await session.store();
  const { runId, plans } = await findRun(store, given);
  const view = await store.runs.view(runId);
  session.terminal.value(statusReport(view, plans));
  if (session.terminal.json) return;
  const width = Math.max(...view.state.nodes.map(({ name }) => name.length));
  for (const node of view.state.nodes) {
    const live = view.progress.get(node.name);
    const how = node.cached ? "cached" : duration(node.seconds ?? 0);
    const parts = [
      ...(node.status === "done" ? [how] : []),
      ...(node.status === "running" && live !== undefined ? [progressText(live)] : []),
      ...(node.summary === undefined ? [] : [node.summary]),
      ...(node.note === undefined ? [] : [node.note]),
      ...(node.waitsFor === undefined ? [] : [waitingText(node.waitsFor)]),
    ];
    session.terminal.line(`${node.name.padEnd(width)}  ${node.status.padEnd(8)}  ${parts.join("; ")}`);
  }
  if (view.state.error !== undefined) session.terminal.line(`\n${renderError(view.state.error)}`);
  for (const { error, status } of view.state.nodes)
    if (error !== undefined && status === "failed") session.terminal.line(`\n${renderError(error)}`);
  for (const line of await summaryLines(session, view.state)) session.terminal.line(line);
  for (const { at, why } of plans.slice(1)) session.terminal.line(`  amended at ${at}: ${why}`);
  const services = await servicesStatus(session.home);
  if (view.state.status === "running" && services?.alive.worker !== true && services?.external !== true) {
    session.terminal.line(yellow(`but nothing is working on it: its processes have ended. Continue with: crisol resume ${runId}`));
  }
}

function statusReport({ state, progress }: RunView, plans: StatusReport["plans"]): StatusReport {
  return {
    runId: state.runId,
    pipeline: state.pipeline,
    status: state.status,
    planDigest: state.planDigest,
    stages: state.nodes.map(({ name, status, attempts, cached, seconds, error, note, summary, waitsFor }) => ({
      name,
      status,
      attempts,
      cached,
      seconds: seconds ?? null,
      progress: status === "running" ? (progress.get(name) ?? null) : null,
      error: error ?? null,
      ...(summary === undefined ? {} : { summary }),
      ...(note === undefined ? {} : { note }),
      ...(waitsFor === undefined ? {} : { waitsFor }),
    })),
    outputs: state.outputs,
    plans,
    ...(state.error === undefined ? {} : { error: state.error }),
  };
}
