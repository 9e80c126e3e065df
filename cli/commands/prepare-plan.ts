import { join, relative } from "node:path";
import { compile } from "../../dsl/graph/compile.ts";
import type { Graph } from "../../dsl/graph/graph.ts";
import { offerOf } from "../../engine/connection/settings/offer.ts";
import type { EngineSession } from "../../engine/session.ts";
import { beyondOffer, lackFix } from "../../planner/offer.ts";
import { makePlan, type Planned, type PlanningOptions } from "../../planner/plan.ts";
import { schemaIssues } from "../../planner/schema-files.ts";
import { holdPins } from "../../planner/sources/pins.ts";
import { sourceWarnings } from "../../planner/sources/sources.ts";
import { CrisolError } from "../../schemas/error.ts";
import type { Issue } from "../../schemas/issue.ts";
import type { JsonObject } from "../../schemas/json.ts";
import type { Offer } from "../../schemas/plan.ts";
import { loadPipeline } from "../pipeline/load-pipeline.ts";
import { pipelineFile } from "../pipeline/pipeline-file.ts";
import { parameters } from "../session.ts";
import { renderIssues } from "../view/render-issues.ts";

/** How a pipeline is bound: given parameters, overridden by those of the command line, and whether changed sources are accepted. */
export interface Binding {
  readonly set: readonly string[];
  readonly params?: JsonObject;
  readonly relock?: boolean;
}

/** Compile a pipeline's file; the error lists every issue. */
async function compileFile(
  session: EngineSession,
  given: string,
  binding: Binding,
): Promise<{ readonly graph: Graph; readonly file: string }> {
  const file = pipelineFile(session.project, given);
  const pipeline = await loadPipeline(file);
  const { graph, issues: found, schemaFiles } = compile(pipeline, { ...binding.params, ...parameters(binding.set) });
  const issues = [...found, ...(await schemaIssues(schemaFiles, session.project))];
  if (graph !== undefined && issues.length === 0) return { graph, file };
  throw new CrisolError({
    code: "PIPELINE_INVALID",
    what: `${issues.length} ${issues.length === 1 ? "problem" : "problems"} in the pipeline\n${renderIssues({ issues }, session.project)}`,
    where: file,
    why: "nothing runs until the whole pipeline is correct",
    fix: `fix each; \`crisol check ${given}\` shows them together with the compiler's`,
  });
}

/** The plan that a run starts with: compiled, its code in the store, its sources equal to their pins (or pinned now). */
export async function preparePlan(session: EngineSession, given: string, binding: Binding): Promise<Planned & { readonly file: string }> {
  const { graph, file } = await compileFile(session, given, binding);
  const planned = await makePlan(graph, await planningOptions(session));
  const offer = await offerHere(session);
  const lacking = offer === undefined ? [] : beyondOffer(planned.plan, offer);
  if (lacking.length > 0) throw tooLittle(lacking, session.project);
  for (const warning of await sourceWarnings(planned.sources, session.project)) session.terminal.note(`warning: ${warning}`);
  await holdPins(session.project, { pipeline: graph.pipeline, sources: planned.sources }, { relock: binding.relock ?? false });
  return { ...planned, file: relative(session.project, file) };
}

/** What the worker here will offer; undefined where others may work for the run, who say themselves what they lack. */
export async function offerHere(session: EngineSession): Promise<Offer | undefined> {
  const config = await session.config();
  return config.address === undefined ? offerOf(config) : undefined;
}

function tooLittle(issues: readonly Issue[], project: string): CrisolError {
  return new CrisolError({
    code: "ENVIRONMENT",
    what: `a stage asks for more than there is\n${renderIssues({ issues }, project)}`,
    where: "the worker on this machine, as temporal.config.ts sets it up",
    why: "the run would wait for it for ever",
    fix: lackFix,
  });
}

/** The folders and the store that planning uses in this session. */
export async function planningOptions(session: EngineSession): Promise<PlanningOptions> {
  return { project: session.project, store: await session.store(), cache: join(session.home.folder, "cache", "packages.json") };
}
