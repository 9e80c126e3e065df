/**
 * Builds the bundle of workflow code, and a note of its version beside it: `node bundle-main.ts FILE [FAILURE_CONVERTER]`,
 * in a separate process, since the bundler would hold 100 MB for the rest of the worker's life.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode } from "@temporalio/worker";
import { digestOf } from "../../../schemas/digest.ts";
import { toCheckedText } from "../../../system/files/checked-text.ts";
import { makeFolder, replaceFile } from "../../../system/files/durable-file.ts";
import { workflowBuildId } from "./workflow-build-id.ts";
import { type BundleNote, bundleNoteFile } from "./workflow-bundle.ts";

const ignore = () => undefined;
const silent = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };

const [, , codePath, failureConverterPath] = process.argv;
if (codePath === undefined) throw new Error("usage: bundle-main FILE [FAILURE_CONVERTER]");
const workflowsPath = fileURLToPath(new URL(`../../../workflows/index${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url));
const buildId = await workflowBuildId(workflowsPath);
const { code } = await bundleWorkflowCode({
  workflowsPath,
  logger: silent,
  ...(failureConverterPath === undefined ? {} : { failureConverterPath }),
});
const folder = dirname(codePath);
await makeFolder(folder);
const note: BundleNote = { buildId, sha256: digestOf(code) };
await replaceFile(bundleNoteFile(codePath), toCheckedText(note), { temporary: folder });
await replaceFile(codePath, code, { temporary: folder });
