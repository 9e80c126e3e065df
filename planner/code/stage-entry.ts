import { fileURLToPath } from "node:url";
import type { StageSpec } from "../../dsl/graph/graph.ts";
import { CrisolError } from "../../schemas/error.ts";
import { ownModule } from "../../system/package-folder.ts";

/**
 * The text of a module that exports a stage's `run`, and its `reduce` where it has one, importing the stage's code by its absolute path.
 *
 * A function in place is looked up among the exports of the module that defines its stage.
 *
 * @throws CrisolError PIPELINE_INVALID for such a stage that its module does not export.
 */
export async function stageEntry(spec: StageSpec): Promise<string> {
  const from = JSON.stringify(fileURLToPath(spec.code.url));
  const names = spec.map?.reduce === true ? ["run", "reduce"] : ["run"];
  switch (spec.code.type) {
    case "module":
      return `export{${names.join()}}from${from}`;
    case "inline":
      return `import{${await exportOf(spec)} as stage}from${from};export const ${names.map((name) => `${name}=stage.${name}`).join()}`;
    case "command": {
      const ports = JSON.stringify(spec.code.ports);
      const run = `import{runCommand}from${JSON.stringify(ownModule("stage-code/run-command"))};export const run=context=>runCommand(context,${ports})`;
      return names.length === 1 ? run : `${run};import{${await exportOf(spec)} as stage}from${from};export const reduce=stage.reduce`;
    }
  }
}

/** The name by which the module that defines a stage exports it. */
async function exportOf(spec: StageSpec): Promise<string> {
  const exported: { readonly [name: string]: unknown } = await import(spec.code.url);
  const name = Object.keys(exported).find((key) => specOf(exported[key]) === spec);
  if (name === undefined) throw notExported(spec, fileURLToPath(spec.code.url));
  return name;
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
