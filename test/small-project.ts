import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { Graph, StageSpec } from "../dsl/graph/graph.ts";
import { ingredientsOf, keyOf } from "../planner/keys.ts";
import { makePlan, type Planned } from "../planner/plan.ts";
import { digestOf } from "../schemas/digest.ts";
import type { JsonObject } from "../schemas/json.ts";
import { openStore } from "../store/store.ts";
import { smallProjectFiles } from "./small-project-files.ts";

/** A small project in a new folder. */
export function smallProject(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "crisol-plan-")));
  for (const [path, text] of Object.entries(smallProjectFiles)) write(folder, path, text);
  return folder;
}

/** Write a file of a project. */
export function write(project: string, path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
}

function stage(project: string, name: string, runtime: readonly string[] = []): StageSpec {
  return {
    name,
    summary: "",
    code: { type: "module", url: pathToFileURL(join(project, `stages/${name}/run.ts`)).href },
    inputs: [{ name: "from", kind: name === "first" ? "files" : "documents", facts: [] }],
    outputs: [{ name: "documents", kind: "documents", adds: [], identity: false }],
    params: z.strictObject({}),
    resources: { cpus: 1, gpus: 0, memory: 1024, timeout: 60, attempts: 1 },
    runtime,
  };
}

/** The parameters of a project's pipeline. */
export interface SmallPipeline {
  readonly pattern?: readonly string[];
  readonly params?: JsonObject;
  readonly runtime?: readonly string[];
}

/** The graph of the project's pipeline: files, first, second. */
export function smallGraph(
  project: string,
  { pattern = ["data/*.txt"], params = { threshold: 0.8, mode: "soft" }, runtime }: SmallPipeline = {},
): Graph {
  return {
    pipeline: "small",
    params: {},
    sources: [{ name: "files", pattern }],
    nodes: [
      { name: "first", spec: stage(project, "first", runtime), inputs: [{ port: "from", from: { source: "files" } }], params },
      {
        name: "second",
        spec: stage(project, "second"),
        inputs: [{ port: "from", from: { node: "first", output: "documents" } }],
        params: {},
      },
    ],
    outputs: { documents: { node: "second", output: "documents" } },
  };
}

/** Plan a project, with a store and a cache in its `.crisol`. */
export async function planSmall(project: string, pipeline: SmallPipeline = {}, home: string = join(project, ".crisol")): Promise<Planned> {
  const store = await openStore({ directory: join(home, "store") });
  return makePlan(smallGraph(project, pipeline), { project, store, cache: join(home, "cache", "packages.json") });
}

/** The key of each node, as if the output of `first` were always the same. */
export function keysOf({ plan }: Planned): { readonly [node: string]: string } {
  const stand = { kind: "documents", digest: digestOf("made"), content: digestOf("made") } as const;
  return Object.fromEntries(
    plan.nodes.map((node) => {
      const inputs = node.inputs.map(({ from }) => ("source" in from ? plan.sources[from.source]?.artifact : undefined) ?? stand);
      return [node.name, keyOf(ingredientsOf(node, inputs))];
    }),
  );
}
