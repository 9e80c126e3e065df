/** The thread that loads and compiles a pipeline for `compileApart`. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { compile } from "../../dsl/graph/compile.ts";
import type { StageSpec } from "../../dsl/graph/graph.ts";
import { findCommandFiles } from "../../planner/code/command-files.ts";
import { schemaIssues } from "../../planner/schema-files.ts";
import { isCrisolError } from "../../schemas/error.ts";
import type { Issue } from "../../schemas/issue.ts";
import { loadPipeline } from "../pipeline/load-pipeline.ts";
import { isOwnSource } from "../pipeline/source-place.ts";
import type { CompileReply, CompileRequest } from "./compile-apart.ts";

const { file, params, project }: CompileRequest = workerData;
const reply = (message: CompileReply): void => parentPort?.postMessage(message);

function missingCode({ name, code }: StageSpec): Issue {
  return {
    code: "missing-code",
    message: `the code of the stage "${name}" does not exist`,
    path: [code.url, name],
    fix: "create the module that `run` names, relative to the one that defines the stage, and export `run` from it",
  };
}

/** Issues with the files of command stages. */
async function commandIssues(stages: readonly StageSpec[]): Promise<Issue[]> {
  const found = stages.map(async ({ name, code }): Promise<Issue[]> => {
    try {
      if (code.type === "command") await findCommandFiles(name, code, project);
      return [];
    } catch (error) {
      if (!isCrisolError(error)) throw error;
      return [{ code: "missing-code", message: error.parts.what, path: [code.url, name], fix: error.parts.fix }];
    }
  });
  return (await Promise.all(found)).flat();
}

async function answer(): Promise<void> {
  try {
    const pipeline = await loadPipeline(file);
    reply({ type: "loaded" });
    const { issues, stages, schemaFiles } = compile(pipeline, params);
    const modules = stages.map(({ code }) => fileURLToPath(code.url)).filter((path) => !isOwnSource(path));
    const missing = stages.filter(({ code }) => modules.includes(fileURLToPath(code.url)) && !existsSync(fileURLToPath(code.url)));
    reply({
      type: "compiled",
      issues: [...issues, ...missing.map(missingCode), ...(await commandIssues(stages)), ...(await schemaIssues(schemaFiles, project))],
      modules: modules.filter((path) => existsSync(path)),
    });
  } catch (error) {
    if (!isCrisolError(error)) throw error;
    reply({ type: "refused", parts: error.parts });
  }
}

void answer();
