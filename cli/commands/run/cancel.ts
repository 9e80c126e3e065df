import { findRun } from "../../../engine/runs/find-run.ts";
import { closeLost } from "../../../engine/runs/lost-run.ts";
import { runIsOver } from "../../../engine/runs/refused.ts";
import { RunClient } from "../../../engine/runs/run-client.ts";
import { isStranded } from "../../../engine/runs/stranded-run.ts";
import type { Session } from "../../session.ts";
import { concludeRun, followRun } from "./follow-run.ts";

/** `crisol cancel`: stop a run; its stages save what they can. Exits with 0 if it was cancelled. */
export async function cancelCommand(session: Session, given: string | undefined): Promise<void> {
  const store = await session.store();
  const { runId, server } = await findRun(store, given);
  const from = await store.runs.view(runId);
  const client = await RunClient.connect(session);
  try {
    const open = await client.isOpen(runId);
    if (open && (await isStranded(store, runId))) {
      // no worker would receive a cancellation
      await client.terminate(runId, "cancelled; its version of crisol has no worker");
      await closeLost(store, runId, server);
    } else if (open) await client.cancel(runId);
    else if ((await closeLost(store, runId, client.server)) === undefined) throw runIsOver(runId);
  } finally {
    await client.close();
  }
  const followed = await followRun(session, runId, from);
  const code = await concludeRun(session, runId, followed);
  process.exitCode = "state" in followed && followed.state.status === "canceled" ? 0 : code;
}
