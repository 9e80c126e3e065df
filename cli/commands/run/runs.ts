import { dim } from "../../../system/text/styles.ts";
import type { Session } from "../../session.ts";

/** `crisol runs`: every run of the home, the newest first. */
export async function runsCommand(session: Session): Promise<void> {
  const store = await session.store();
  const runs = (await Array.fromAsync(store.runs.summaries())).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  session.terminal.value(runs);
  if (runs.length === 0) session.terminal.line("no runs yet: start one with crisol run PIPELINE");
  const width = Math.max(...runs.map(({ runId }) => runId.length));
  for (const { runId, status, startedAt, stages, done, cached } of runs) {
    session.terminal.line(`${runId.padEnd(width)}  ${status.padEnd(9)}  ${done}/${stages} stages, ${cached} cached  ${dim(startedAt)}`);
  }
}
