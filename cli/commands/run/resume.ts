import { findRun } from "../../../engine/runs/find-run.ts";
import { forgetFrom } from "../../../engine/runs/forget-from.ts";
import { closeLost } from "../../../engine/runs/lost-run.ts";
import { RunClient } from "../../../engine/runs/run-client.ts";
import { needWorker } from "../../../engine/runs/stranded-run.ts";
import { keepCode } from "../../../planner/code/keep-code.ts";
import { diffPlan } from "../../../planner/explain/plan-diff.ts";
import { resolvePlan } from "../../../planner/resolve.ts";
import type { Digest } from "../../../schemas/digest.ts";
import { CrisolError } from "../../../schemas/error.ts";
import type { JsonObject } from "../../../schemas/json.ts";
import type { Run } from "../../../store/runs/run.ts";
import type { PlacedView } from "../../../store/runs/run-fold.ts";
import type { ResumeRequest } from "../../../workflows/protocol.ts";
import type { Session } from "../../session.ts";
import { renderRunDiff } from "../../view/report/run-diff.ts";
import { preparePlan } from "../prepare-plan.ts";
import { followUntilSettled } from "./follow-run.ts";
import { runCommand } from "./run.ts";

/** Options of `crisol resume`. */
export interface ResumeOptions {
  readonly set: readonly string[];
  readonly retry?: boolean;
  readonly relock?: boolean;
  readonly detach?: boolean;
  /** The stage to rerun, with all that depend on it. */
  readonly from?: string;
}

/**
 * `crisol resume`: continue a run.
 *
 * A run whose processes died continues where it was; a blocked or paused one is retried, with the pipeline recompiled unless `retry` is set;
 * for one that is over (cancelled, rejected, or lost with its server's database) a new run with its parameters is started, which skips finished work.
 */
export async function resumeCommand(session: Session, given: string | undefined, options: ResumeOptions): Promise<void> {
  const run = await findRun(await session.store(), given);
  // of two commands given at once, the second looks at the run after the first has resumed it; planning may take long
  const release = await (await session.store()).objects.lease(`claims/resume-${run.runId}`, {
    what: `resume of ${run.runId}`,
    signal: new AbortController().signal,
    waits: () => session.terminal.note(`another command is resuming run ${run.runId}: waiting for it`),
  });
  const resumed = await continueRun(session, run, options).finally(release);
  if ("params" in resumed) return await runCommand(session, run.pipelineFile ?? run.pipeline, { ...options, params: resumed.params });
  session.terminal.value({ type: "run", runId: run.runId });
  session.terminal.line(`run ${run.runId}`);
  if (options.detach) return;
  process.exitCode = await followUntilSettled(session, run.runId, resumed.from);
}

/** Resume a run, and return its view before that, if it rested; or its parameters, if it is over and a new run must be started. */
async function continueRun(
  session: Session,
  run: Run,
  options: ResumeOptions,
): Promise<{ readonly from?: PlacedView } | { readonly params: JsonObject }> {
  const store = await session.store();
  const { status } = await store.runs.state(run.runId);
  const client = await RunClient.connect(session);
  try {
    if (await client.isOpen(run.runId)) await needWorker(store, run.runId);
    const state = await client.progress(run.runId);
    if (state === undefined) {
      // it had a stage or two left, and ended while its worker came up
      const now = await store.runs.state(run.runId);
      if (status === "running" && now.status === "completed" && options.from === undefined && options.set.length === 0) return {};
      await closeLost(store, run.runId, client.server);
      session.terminal.value({ type: "over", runId: run.runId, startsAnew: run.pipeline });
      session.terminal.line(`run ${run.runId} is over: starting a new run of ${run.pipeline}, finished work is skipped`);
      const { params } = await store.runs.plan(run.planDigest);
      if (options.from !== undefined) {
        const { plan } = await preparePlan(session, run.pipelineFile ?? run.pipeline, { ...options, params });
        await forgetFrom(store, plan, options.from);
      }
      return { params };
    }
    if (state.status === "running" && (options.from !== undefined || options.set.length > 0)) throw stillRunning(run.runId);
    if (state.status !== "blocked" && state.status !== "paused") return {};
    const from = await store.runs.view(run.runId);
    await client.resume(run.runId, options.retry ? {} : await amendment(session, run.runId, state.planDigest, options));
    return { from };
  } finally {
    await client.close();
  }
}

/**
 * The pipeline's plan as it is now, if it has changed: the changes are shown, and kept with the run.
 *
 * @param underWay the plan of the run's workflow; it differs from the one kept with the run if a resume was killed between storing and sending it
 */
async function amendment(session: Session, runId: string, underWay: Digest, options: ResumeOptions): Promise<ResumeRequest> {
  const store = await session.store();
  const run = await store.runs.get(runId);
  const before = await store.runs.plan(run.planDigest);
  const prepared = await preparePlan(session, run.pipelineFile ?? run.pipeline, { ...options, params: before.params });
  const { plan, digest } = keepCode(prepared.plan, before);
  if (options.from !== undefined) await forgetFrom(store, plan, options.from);
  else if (digest === run.planDigest) return digest === underWay ? {} : { plan: { digest, plan } };
  const nodes = await diffPlan(plan, await resolvePlan(plan, store), { plan: before, state: await store.runs.state(run.runId) }, store);
  const changed = nodes.filter(({ change }) => change !== "same" && change !== "unknown");
  const why = [
    options.from === undefined ? "resumed" : `resumed from ${options.from}`,
    ...changed.map(({ name, change, why }) => `${name} ${change}${why === null ? "" : ` (${why})`}`),
  ].join("; ");
  await store.runs.amend(run.runId, plan, why);
  session.terminal.value({ type: "amended", runId: run.runId, planDigest: digest, nodes: changed });
  if (changed.length > 0) session.terminal.line(renderRunDiff({ runId: run.runId, planDigest: run.planDigest, nodes }));
  return { plan: { digest, plan } };
}

function stillRunning(runId: string): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: "the run is still running",
    where: `run ${runId}`,
    why: "its plan can be changed, or part of it rerun, only while it is paused or blocked",
    fix: `give \`crisol pause ${runId}\` first; or follow it as it is with \`crisol watch ${runId}\``,
  });
}
