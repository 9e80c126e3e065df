/** The thread that loads and compiles a pipeline for `compileApart`. */
import { parentPort, workerData } from "node:worker_threads";
import { compile } from "../../dsl/compile.ts";
import { isCrisolError } from "../../schemas/error.ts";
import { loadPipeline } from "../load-pipeline.ts";
import type { CompileReply, CompileRequest } from "./compile-apart.ts";

const { file, params }: CompileRequest = workerData;
const reply = (message: CompileReply): void => parentPort?.postMessage(message);

async function answer(): Promise<void> {
  try {
    const pipeline = await loadPipeline(file);
    reply({ type: "loaded" });
    reply({ type: "issues", issues: compile(pipeline, params).issues });
  } catch (error) {
    if (!isCrisolError(error)) throw error;
    reply({ type: "refused", parts: error.parts });
  }
}

void answer();
