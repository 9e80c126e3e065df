import { findRun } from "../../../engine/runs/find-run.ts";
import { RunClient } from "../../../engine/runs/run-client.ts";
import { CrisolError } from "../../../schemas/error.ts";
import type { Session } from "../../session.ts";
import { followUntilSettled } from "./follow-run.ts";

/** `crisol watch`: follow a run until it rests; if it is running and its processes died, they are started again. */
export async function watchCommand(session: Session, given: string | undefined): Promise<void> {
  const store = await session.store();
  const { runId } = await findRun(store, given);
  if ((await store.runs.state(runId)).status === "running") await bringBack(session, runId);
  session.terminal.value({ type: "run", runId });
  process.exitCode = await followUntilSettled(session, runId);
}

/** Start what the run needs. @throws CrisolError NOT_FOUND if the server no longer knows the run */
async function bringBack(session: Session, runId: string): Promise<void> {
  const client = await RunClient.connect(session);
  try {
    if (await client.isOpen(runId)) return;
    // it may have ended in the meantime: then its journal says so
    if ((await (await session.store()).runs.state(runId)).status !== "running") return;
    throw lost(runId);
  } finally {
    await client.close();
  }
}

function lost(runId: string): CrisolError {
  return new CrisolError({
    code: "NOT_FOUND",
    what: "the Temporal server has no such open run, though the run's journal says that it is running",
    where: `run ${runId}`,
    why: "it will not continue by itself: the server's database was lost, or the run was ended from outside",
    fix: `crisol resume ${runId} starts a new run; finished work is skipped`,
  });
}
