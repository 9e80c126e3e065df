import { findRun } from "../../../engine/runs/find-run.ts";
import { runIsOver } from "../../../engine/runs/refused.ts";
import { RunClient } from "../../../engine/runs/run-client.ts";
import { needWorker } from "../../../engine/runs/stranded-run.ts";
import { CrisolError } from "../../../schemas/error.ts";
import type { Session } from "../../session.ts";
import { concludeRun, followRun } from "./follow-run.ts";

/** `crisol pause`: pause a run until it is resumed; its stages save what they can, or finish first. Exits with 0 if it was paused. */
export async function pauseCommand(
  session: Session,
  given: string | undefined,
  options: { readonly afterStages?: boolean },
): Promise<void> {
  const store = await session.store();
  const { runId } = await findRun(store, given);
  const from = await store.runs.view(runId);
  const client = await RunClient.connect(session);
  try {
    await needWorker(store, runId);
    const progress = await client.progress(runId);
    if (progress === undefined) throw runIsOver(runId);
    if (progress.status !== "running") throw notRunning(runId, progress.status);
    await client.pause(runId, { when: options.afterStages ? "after-stages" : "now" });
  } finally {
    await client.close();
  }
  const followed = await followRun(session, runId, from);
  const code = await concludeRun(session, runId, followed);
  process.exitCode = "state" in followed && followed.state.status === "paused" ? 0 : code;
}

function notRunning(runId: string, status: string): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: `the run is already ${status}`,
    where: `run ${runId}`,
    why: "there is nothing to pause",
    fix: `\`crisol resume ${runId}\` continues it`,
  });
}
