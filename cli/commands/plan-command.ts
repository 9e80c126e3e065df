import { renderIssues } from "../check/render-issues.ts";
import { loadPipeline } from "../load-pipeline.ts";
import { pipelineFile } from "../pipeline-file.ts";
import { planningOptions } from "../run/prepare-plan.ts";
import { parameters, type Session } from "../session.ts";
import { explainPipeline } from "./explain.ts";
import { planPipeline, renderPlan } from "./plan.ts";

/** `crisol plan`: what is cached, what would run, and why. Exits with 2 when the pipeline has issues. */
export async function planCommand(session: Session, given: string, set: readonly string[]): Promise<void> {
  const pipeline = await loadPipeline(pipelineFile(session.project, given));
  const report = await planPipeline(pipeline, parameters(set), await planningOptions(session));
  session.terminal.value(report);
  session.terminal.line(renderPlan(report, session.project));
  if (report.issues.length > 0) process.exitCode = report.planDigest === null ? 2 : 1;
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
