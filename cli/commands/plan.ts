import { findRun } from "../../engine/runs/find-run.ts";
import type { PlannedRun } from "../../planner/explain/plan-diff.ts";
import { loadPipeline } from "../pipeline/load-pipeline.ts";
import { pipelineFile } from "../pipeline/pipeline-file.ts";
import { parameters, type Session } from "../session.ts";
import { renderIssues } from "../view/render-issues.ts";
import { explainPipeline } from "../view/report/graph-text.ts";
import { planPipeline, renderPlan } from "../view/report/plan-report.ts";
import { offerHere, planningOptions } from "./prepare-plan.ts";

/** Options of `crisol plan`. */
export interface PlanOptions {
  readonly set: readonly string[];
  /** The run to compare with. */
  readonly diff?: string;
}

/** `crisol plan`: what is cached, what would run, and why. Exits with 2 if the pipeline does not compile, 1 if its plan has issues. */
export async function planCommand(session: Session, given: string, { set, diff }: PlanOptions): Promise<void> {
  const run = diff === undefined ? undefined : await plannedRun(session, diff);
  const pipeline = await loadPipeline(pipelineFile(session.project, given));
  const report = await planPipeline(
    pipeline,
    parameters(set),
    { ...(await planningOptions(session)), offer: await offerHere(session) },
    run,
  );
  session.terminal.value(report);
  session.terminal.line(renderPlan(report, session.project));
  if (report.issues.length > 0) process.exitCode = report.planDigest === null ? 2 : 1;
}

async function plannedRun(session: Session, given: string): Promise<PlannedRun> {
  const store = await session.store();
  const { runId, planDigest } = await findRun(store, given);
  return { plan: await store.runs.plan(planDigest), state: await store.runs.state(runId) };
}

/** `crisol explain`: the graph as text, or as a Mermaid diagram. */
export async function explainCommand(
  session: Session,
  given: string,
  options: { readonly set: readonly string[]; readonly mermaid?: boolean },
): Promise<void> {
  const pipeline = await loadPipeline(pipelineFile(session.project, given));
  const { text, issues } = explainPipeline(pipeline, parameters(options.set), options.mermaid ? "mermaid" : "text");
  session.terminal.value({ pipeline: pipeline.name, text: text ?? null, issues });
  session.terminal.line(text ?? renderIssues({ issues }, session.project));
  if (text === undefined) process.exitCode = 2;
}
