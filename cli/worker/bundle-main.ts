/** Builds the bundle of workflow code: `node bundle-main.ts FILE [FAILURE_CONVERTER]`, in a process of its own, since what builds it holds 100 MB ever after. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode } from "@temporalio/worker";
import { makeFolder, replaceFile } from "../../store/durable-file.ts";

const ignore = () => undefined;
const silent = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

const [, , codePath, failureConverterPath] = process.argv;
if (codePath === undefined) throw new Error("usage: bundle-main FILE [FAILURE_CONVERTER]");
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL(`../../workflows/index${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)),
  logger: silent,
  ...(failureConverterPath === undefined ? {} : { failureConverterPath }),
});
const folder = dirname(codePath);
await makeFolder(folder);
await replaceFile(codePath, code, folder);
