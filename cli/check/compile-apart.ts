/** Compiling a pipeline in a separate thread, so that one that never ends can be stopped. */
import { Worker } from "node:worker_threads";
import type { ErrorParts } from "../../schemas/error.ts";
import type { Issue } from "../../schemas/issue.ts";
import type { JsonObject } from "../../schemas/json.ts";

/** The request to the thread. */
export interface CompileRequest {
  readonly file: string;
  /** The project's folder. */
  readonly project: string;
  readonly params: JsonObject;
}

/** The result of compiling: the issues, and the files with the code of stages that are not crisol's. */
export interface CompiledApart {
  readonly issues: readonly Issue[];
  readonly modules: readonly string[];
}

/** The thread's replies: first that the file is loaded, then the result. */
export type CompileReply =
  | { readonly type: "loaded" }
  | ({ readonly type: "compiled" } & CompiledApart)
  | { readonly type: "refused"; readonly parts: ErrorParts };

/** Compile a pipeline in a thread; one that takes longer than `limitMs` milliseconds is stopped. */
export function compileApart(request: CompileRequest, limitMs: number): Promise<CompiledApart> {
  return new Promise((done) => {
    // in an installed crisol the thread's module is compiled, like this one
    const module = import.meta.url.endsWith(".ts") ? "./compile-thread.ts" : "./compile-thread.js";
    // stdout: what the pipeline prints would mix with the command's output
    const thread = new Worker(new URL(module, import.meta.url), { workerData: request, stdout: true, stderr: true });
    let loaded = false;
    const end = (issues: readonly Issue[], modules: readonly string[] = []): void => {
      clearTimeout(timer);
      thread.removeAllListeners();
      thread.terminate().then(
        () => done({ issues, modules }),
        () => done({ issues, modules }),
      );
    };
    const timer = setTimeout(() => end([endless(request.file, loaded, limitMs)]), limitMs);
    thread.on("message", (reply: CompileReply) => {
      switch (reply.type) {
        case "loaded":
          loaded = true;
          return;
        case "compiled":
          return end(reply.issues, reply.modules);
        case "refused":
          return end([issueOf(reply.parts)]);
      }
    });
    thread.on("error", (error) => end([crashed(request.file, error instanceof Error ? error.message : String(error))]));
    thread.on("exit", () => end([crashed(request.file, "it ended its process")]));
  });
}

/** A four-part error as an issue. */
export function issueOf(parts: ErrorParts): Issue {
  return { code: parts.code.toLowerCase().replaceAll("_", "-"), message: parts.what, path: [parts.where], fix: parts.fix };
}

function endless(file: string, loaded: boolean, limitMs: number): Issue {
  const seconds = limitMs / 1000;
  return {
    code: "endless-build",
    message: loaded ? `build did not return within ${seconds} s` : `the file did not load within ${seconds} s`,
    path: loaded ? [file, "build"] : [file],
    fix: "a pipeline only declares what is to be done: move loops over data, and other work, into a stage",
  };
}

function crashed(file: string, message: string): Issue {
  return {
    code: "build-crashed",
    message: `the pipeline could not be compiled: ${message}`,
    path: [file],
    fix: "a pipeline's file only declares: move work into a stage",
  };
}
