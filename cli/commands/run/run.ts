import { closeLost } from "../../../engine/runs/lost-run.ts";
import { sessionServices } from "../../../engine/runs/session-services.ts";
import { startRun } from "../../../engine/runs/start-run.ts";
import { serverOf } from "../../../engine/services/reach-server.ts";
import { isCrisolError } from "../../../schemas/error.ts";
import type { Session } from "../../session.ts";
import { type Binding, preparePlan } from "../prepare-plan.ts";

/** Options of `crisol run`. */
export interface RunOptions extends Binding {
  readonly detach?: boolean;
}

/** `crisol run`: compile, start what is missing, start the run, follow it to its end. */
export async function runCommand(session: Session, file: string, options: RunOptions): Promise<void> {
  const store = await session.store();
  const { plan, file: pipelineFile } = await preparePlan(session, file, options);
  const services = await sessionServices(session, plan);
  const server = serverOf(services);
  const run = await store.runs.create({ plan, projectFolder: session.project, pipelineFile, server });
  // the code that shows the run is loaded while the server accepts it
  const [{ followUntilSettled }] = await Promise.all([
    import("./follow-run.ts"),
    startRun(session, services, { runId: run.runId, planDigest: run.planDigest, plan }).catch(async (error: unknown) => {
      // after any other error the server may have the run all the same
      if (isCrisolError(error) && error.parts.code === "CONFIG_INVALID") await closeLost(store, run.runId, server);
      throw error;
    }),
  ]);
  session.terminal.value({ type: "run", runId: run.runId });
  session.terminal.line(`run ${run.runId}`);
  if (options.detach) return session.terminal.note("`crisol watch` follows it, `crisol cancel` stops it");
  process.exitCode = await followUntilSettled(session, run.runId);
}
