/** A build under way: what a pipeline's `build` has called so far, and the problems found in it. */
import type { Issue } from "../../schemas/issue.ts";
import type { JsonObject } from "../../schemas/json.ts";
import type { StageSpec } from "./graph.ts";

/** One use of a stage, as it was called. */
export interface BuildNode {
  readonly name: string;
  readonly spec: StageSpec;
  readonly inputs: readonly BuildInput[];
  readonly params: JsonObject;
  readonly site: string | undefined;
  /** It has issues of its own: their consequences are not reported as further issues. */
  readonly faulty: boolean;
}

/** What was passed to a port. */
export interface BuildInput {
  readonly port: string;
  /** It is one of a list. */
  readonly many?: true;
  readonly from: { readonly node: BuildNode; readonly output: string } | { readonly pattern: readonly string[] };
}

/** Nodes in the order of their calls (so in topological order) and the issues met on the way. */
export interface Build {
  readonly nodes: BuildNode[];
  /** Nodes whose handles were passed to a faulty call, in whatever way: they are not reported as unused. */
  readonly touched: Set<BuildNode>;
  readonly issues: Issue[];
}

let current: Build | undefined;

/** The build that is under way, if one is. */
export function currentBuild(): Build | undefined {
  return current;
}

/** Run a function as a build. @throws what the function throws. */
export function inBuild<T>(build: Build, run: () => T): T {
  const outer = current;
  current = build;
  try {
    return run();
  } finally {
    current = outer;
  }
}
