/** From a pipeline and its parameters to a graph: pure, and with all problems at once. */
import { canonicalJson } from "../../schemas/canonical-json.ts";
import type { Issue } from "../../schemas/issue.ts";
import type { PlanInput } from "../../schemas/plan.ts";
import { placeIn } from "../call-site.ts";
import { originOf } from "../handle.ts";
import { PipelineMistake } from "../mistake.ts";
import type { Pipeline } from "../pipeline.ts";
import { schemaFileOf } from "../schema-file.ts";
import { type Build, type BuildNode, inBuild } from "./build.ts";
import type { Graph, GraphNode, GraphSource, SchemaUse, StageSpec } from "./graph.ts";
import { parseParams } from "./params.ts";

/** A graph, unless there are issues. */
export interface Compiled {
  readonly graph?: Graph;
  readonly issues: readonly Issue[];
  /** Every stage that build called, each once, also when there is no graph. */
  readonly stages: readonly StageSpec[];
  /** Every JSON Schema file that a call names, also when there is no graph. */
  readonly schemaFiles: readonly SchemaUse[];
}

/** Compile a pipeline with its parameters bound; `build` runs once, and every problem it shows is in `issues`. */
export function compile(pipeline: Pipeline, params: Readonly<Record<string, unknown>>): Compiled {
  const parsed = parseParams(pipeline.params, params, [pipeline.name, "params"]);
  const issues = [...checkName(pipeline.name), ...checkOptions(pipeline), ...parsed.issues];
  if (parsed.params === undefined) return { issues, stages: [], schemaFiles: [] };

  const build: Build = { nodes: [], touched: new Set(), issues: [] };
  const returned = runBuild(pipeline, parsed.value, build);
  const outputs = returned.ok ? collectOutputs(returned.value, build, pipeline.name) : [];
  issues.push(...build.issues, ...(returned.ok ? [] : [returned.issue]));
  if (returned.ok && outputs.length > 0) issues.push(...unusedNodes(build, outputs));
  const stages = [...new Set(build.nodes.map(({ spec }) => spec))];
  issues.push(...kindClashes(build.nodes));
  const schemaFiles = build.nodes.flatMap(schemaFilesOf);
  if (issues.length > 0) return { issues, stages, schemaFiles };

  const sources = new Map<string, GraphSource>();
  const nodes = build.nodes.map((node): GraphNode => {
    const inputs = node.inputs.map((input): PlanInput => {
      const { port, from, many } = input;
      const of = { port, ...(many === undefined ? {} : { many }) };
      if ("node" in from) return { ...of, from: { node: from.node.name, output: from.output } };
      return { ...of, from: { source: sourceFor(from.pattern, sources).name } };
    });
    return { name: node.name, spec: node.spec, inputs, params: node.params };
  });
  return {
    issues,
    stages,
    schemaFiles,
    graph: {
      pipeline: pipeline.name,
      params: parsed.params,
      sources: [...sources.values()],
      nodes,
      outputs: Object.fromEntries(outputs.map(({ name, node, output }) => [name, { node: node.name, output }])),
    },
  };
}

function schemaFilesOf({ name, site, params }: BuildNode): SchemaUse[] {
  return Object.entries(params).flatMap(([parameter, value]) => {
    const file = schemaFileOf(value);
    return file === undefined ? [] : [{ file, path: [...(site === undefined ? [] : [site]), name, parameter] }];
  });
}

function checkName(name: string): Issue[] {
  if (/^[A-Za-z][A-Za-z0-9-]{0,63}$/.test(name)) return [];
  return [
    {
      code: "bad-name",
      message: `${JSON.stringify(name)} cannot name a pipeline`,
      path: [name, "name"],
      fix: "use up to 64 of a to z, A to Z, 0 to 9 and hyphens, a letter first",
    },
  ];
}

function checkOptions(pipeline: Pipeline): Issue[] {
  return pipeline.unknownOptions.map((option) => ({
    code: "unknown-option",
    message: `definePipeline has no option "${option}"`,
    path: [pipeline.name, option],
    fix: "options: name, params, build",
  }));
}

type Returned = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly issue: Issue };

function runBuild(pipeline: Pipeline, params: Record<string, unknown>, build: Build): Returned {
  let value: unknown;
  try {
    value = inBuild(build, () => pipeline.build(params));
  } catch (error) {
    if (error instanceof PipelineMistake) return { ok: false, issue: error.issue };
    const message = error instanceof Error ? error.message : String(error);
    const place = error instanceof Error ? placeIn(error) : undefined;
    const path = [...(place === undefined ? [] : [place]), pipeline.name, "build"];
    return {
      ok: false,
      issue: { code: "build-threw", message: `build threw: ${message}`, path, fix: "fix build; it must return its outputs" },
    };
  }
  if (isThenable(value)) {
    // a rejection need not be reported: that build is asynchronous at all is the mistake
    Promise.resolve(value).catch(() => undefined);
    return {
      ok: false,
      issue: {
        code: "async-build",
        message: "build is asynchronous",
        path: [pipeline.name, "build"],
        fix: "remove `async` and `await`: build only says what is to be done; work belongs in a stage",
      },
    };
  }
  return { ok: true, value };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

interface NamedOutput {
  readonly name: string;
  readonly node: BuildNode;
  readonly output: string;
}

function collectOutputs(value: unknown, build: Build, pipeline: string): NamedOutput[] {
  const path = [pipeline, "outputs"];
  if (originOf(value) !== undefined) {
    build.issues.push({ code: "bare-output", message: "build returned a handle without a name", path, fix: "return an object: { model }" });
    return [];
  }
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  if (members.length === 0) {
    build.issues.push({
      code: "no-outputs",
      message: "the pipeline has no outputs",
      path,
      fix: "return the handles of what you want: return { model }",
    });
  }
  return members.flatMap(([name, member]): NamedOutput[] => {
    const origin = originOf(member);
    const refuse = (code: string, message: string, fix: string): [] => {
      build.issues.push({ code, message, path: [...path, name], fix });
      return [];
    };
    if (origin === undefined) return refuse("not-a-handle", `no stage produces the output "${name}"`, "return what a stage returned");
    if (!("node" in origin.from))
      return refuse("source-as-output", `the output "${name}" is ${origin.label}, which no stage produced`, "return what a stage returned");
    if (origin.build !== build)
      return refuse("foreign-handle", `${origin.label} belongs to another build`, "create it inside this pipeline's build");
    return [{ name, node: origin.from.node, output: origin.from.output }];
  });
}

function unusedNodes({ nodes, touched }: Build, outputs: readonly NamedOutput[]): Issue[] {
  const needed = new Set<BuildNode>();
  const pending = [...outputs.map(({ node }) => node), ...nodes.filter((node) => node.faulty || touched.has(node))];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (needed.has(node)) continue;
    needed.add(node);
    for (const { from } of node.inputs) if ("node" in from) pending.push(from.node);
  }
  return nodes
    .filter((node) => !needed.has(node))
    .map((node) => ({
      code: "unused-stage",
      message: `no output needs "${node.name}"`,
      path: node.site === undefined ? [node.name] : [node.site, node.name],
      fix: "return its output, pass it to a stage that is needed, or remove the call",
    }));
}

/** Kinds that two stages declare in different ways: an artifact of one could be read as the other. */
function kindClashes(nodes: readonly BuildNode[]): Issue[] {
  const known = new Map<string, { readonly text: string; readonly stage: string }>();
  return nodes.flatMap(({ spec, site }) =>
    [...spec.inputs, ...spec.outputs].flatMap(({ name, kind, declaration }): Issue[] => {
      if (declaration === undefined) return [];
      const text = canonicalJson(declaration);
      const before = known.get(kind);
      if (before === undefined) known.set(kind, { text, stage: spec.name });
      if (before === undefined || before.text === text) return [];
      return [
        {
          code: "kind-clash",
          message: `the kind "${kind}" is declared in two ways: by what ${spec.name} imports, and by what ${before.stage} does`,
          path: [...(site === undefined ? [] : [site]), spec.name, name],
          fix: "export one `defineKind` from a module, and import it in both; or give one another name",
        },
      ];
    }),
  );
}

function sourceFor(pattern: readonly string[], sources: Map<string, GraphSource>): GraphSource {
  const key = pattern.join("\0");
  const known = sources.get(key);
  if (known !== undefined) return known;
  const source = { name: sources.size === 0 ? "files" : `files-${sources.size + 1}`, pattern };
  sources.set(key, source);
  return source;
}
