import { fileURLToPath } from "node:url";
import type { StageSpec } from "../dsl/graph.ts";
import { CrisolError } from "../schemas/error.ts";

/**
 * The text of a module that exports a stage's `run`, and its `reduce` where it has one, importing the stage's code by its absolute path.
 *
 * An inline stage is looked up among the exports of the module that defines it.
 *
 * @throws CrisolError PIPELINE_INVALID for an inline stage that its module does not export.
 */
export async function stageEntry(spec: StageSpec): Promise<string> {
  const path = fileURLToPath(spec.code.url);
  const from = JSON.stringify(path);
  const names = spec.map?.reduce === true ? ["run", "reduce"] : ["run"];
  switch (spec.code.type) {
    case "module":
      return `export{${names.join()}}from${from}`;
    case "inline": {
      const exported: { readonly [name: string]: unknown } = await import(spec.code.url);
      const name = Object.keys(exported).find((key) => specOf(exported[key]) === spec);
      if (name === undefined) throw notExported(spec, path);
      return `import{${name} as stage}from${from};export const ${names.map((exported) => `${exported}=stage.${exported}`).join()}`;
    }
  }
}

function specOf(value: unknown): unknown {
  return (typeof value === "function" || typeof value === "object") && value !== null && "spec" in value ? value.spec : undefined;
}

function notExported(spec: StageSpec, path: string): CrisolError {
  return new CrisolError({
    code: "PIPELINE_INVALID",
    what: `stage "${spec.name}" is not exported by the module that defines it`,
    where: path,
    why: "a stage runs in a process of its own, which finds its function among the module's exports",
    fix: `write \`export const ${spec.name} = ...\`, or give the stage a module of its own: \`run: "./${spec.name}.ts"\``,
  });
}
