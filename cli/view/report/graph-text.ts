/** What `crisol explain` prints: the graph of a pipeline, as text or as a Mermaid diagram. */
import { compile } from "../../../dsl/graph/compile.ts";
import { type ExplainFormat, explain } from "../../../dsl/graph/explain.ts";
import type { Pipeline } from "../../../dsl/pipeline.ts";
import type { Issue } from "../../../schemas/issue.ts";
import type { JsonObject } from "../../../schemas/json.ts";

/** The description of a graph, unless there are issues. */
export interface Explained {
  readonly text?: string;
  readonly issues: readonly Issue[];
}

/** Describe the graph of a pipeline with its parameters bound; only the pipeline itself is read. */
export function explainPipeline(pipeline: Pipeline, params: JsonObject, format: ExplainFormat): Explained {
  const { graph, issues } = compile(pipeline, params);
  return graph === undefined ? { issues } : { text: explain(graph, format), issues };
}
