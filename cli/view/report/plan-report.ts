/** The report of `crisol plan`: which stages are cached, which will run, and why. */
import { compile } from "../../../dsl/graph/compile.ts";
import type { Pipeline } from "../../../dsl/pipeline.ts";
import { explainDifferences } from "../../../planner/explain/explain-difference.ts";
import { diffPlan, type PlannedRun } from "../../../planner/explain/plan-diff.ts";
import { makePlan, type PlanningOptions } from "../../../planner/plan.ts";
import { planIssues } from "../../../planner/plan-issues.ts";
import { type ResolvedNode, resolvePlan } from "../../../planner/resolve.ts";
import { schemaIssues } from "../../../planner/schema-files.ts";
import { sourceWarnings } from "../../../planner/sources/sources.ts";
import type { PlanReport, PlanReportNode, RunDiff } from "../../../schemas/command-output/plan-report.ts";
import { shortDigest } from "../../../schemas/digest.ts";
import type { JsonObject } from "../../../schemas/json.ts";
import type { Offer, Plan } from "../../../schemas/plan.ts";
import { bold, dim, green, yellow } from "../../../system/text/styles.ts";
import { renderIssues } from "../render-issues.ts";
import { renderRunDiff } from "./run-diff.ts";

/**
 * Plan a pipeline with its parameters bound; nothing runs, nothing is pinned.
 *
 * @param run the run to compare the plan with.
 * @throws CrisolError SOURCE_EMPTY, or PIPELINE_INVALID when code cannot be bundled.
 */
export async function planPipeline(
  pipeline: Pipeline,
  params: JsonObject,
  options: PlanningOptions & { readonly offer?: Offer | undefined },
  run?: PlannedRun,
): Promise<PlanReport> {
  const { graph, issues: found, schemaFiles } = compile(pipeline, params);
  const issues = [...found, ...(await schemaIssues(schemaFiles, options.project))];
  if (graph === undefined || issues.length > 0) return { pipeline: pipeline.name, planDigest: null, nodes: [], issues, warnings: [] };
  const planned = await makePlan(graph, options);
  const resolved = await resolvePlan(planned.plan, options.store);
  const reasons = await explainDifferences(planned.plan, resolved, options.store);
  return {
    pipeline: graph.pipeline,
    planDigest: planned.digest,
    nodes: resolved.map((found) => ({
      name: found.node.name,
      stage: found.node.stage,
      key: found.status === "unknown" ? null : found.key,
      status: found.status,
      why: reasons.get(found.node.name) ?? null,
      resources: found.node.resources,
    })),
    issues: await planIssues(planned, options),
    warnings: await sourceWarnings(planned.sources, options.project),
    ...(run === undefined ? {} : { diff: await diffWith(run, planned.plan, resolved, options.store) }),
  };
}

async function diffWith(run: PlannedRun, plan: Plan, resolved: readonly ResolvedNode[], store: PlanningOptions["store"]): Promise<RunDiff> {
  const { runId, planDigest } = run.state;
  return { runId, planDigest, nodes: await diffPlan(plan, resolved, run, store) };
}

const marks = { cached: green("✔ cached "), run: yellow("● run    "), unknown: dim("○ waits  ") } as const;

/** The answer as text: one line per stage. */
export function renderPlan({ pipeline, planDigest, nodes, issues, warnings, diff }: PlanReport, project?: string): string {
  const width = Math.max(...nodes.map(({ name }) => name.length), 0);
  const lines = nodes.map(({ name, status, why }) => {
    const reason = status === "unknown" ? dim(why ?? "") : (why ?? "");
    return `  ${marks[status]} ${name.padEnd(width)}  ${reason}`.trimEnd();
  });
  const count = (status: PlanReportNode["status"]) => nodes.filter((node) => node.status === status).length;
  const sum = `${nodes.length} stages: ${count("cached")} cached, ${count("run")} to run, ${count("unknown")} waiting for those`;
  return [
    `${bold(pipeline)}${planDigest === null ? "" : dim(`  plan ${shortDigest(planDigest)}`)}`,
    ...lines,
    ...(nodes.length > 0 ? [dim(sum)] : []),
    ...warnings.map((warning) => yellow(`warning: ${warning}`)),
    ...(diff === undefined ? [] : ["", renderRunDiff(diff)]),
    ...(issues.length > 0 ? ["", renderIssues({ issues }, project)] : []),
  ].join("\n");
}
