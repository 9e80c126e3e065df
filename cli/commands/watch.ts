import { findRun } from "../run/find-run.ts";
import { concludeRun, followRun } from "../run/follow-run.ts";
import { layModels } from "../run/lay-models.ts";
import type { Session } from "../session.ts";

/** `crisol watch`: follow a run until it rests. */
export async function watchCommand(session: Session, given: string | undefined): Promise<void> {
  const { runId } = await findRun(await session.store(), given);
  session.terminal.value({ type: "run", runId });
  const followed = await followRun(session, runId);
  if ("state" in followed) await layModels(session, followed.state);
  process.exitCode = await concludeRun(session, runId, followed);
}
