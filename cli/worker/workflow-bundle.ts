import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode } from "@temporalio/worker";
import { digestOf } from "../../schemas/digest.ts";
import { makeFolder, replaceFile } from "../../store/durable-file.ts";

/** Folders whose code the bundle holds. */
const SOURCES = ["workflows", "schemas"];

/**
 * The bundle of workflow code, built once per version of the sources and of the SDK and kept in a cache folder.
 *
 * Building takes most of a second; a worker that finds it built starts at once.
 */
export async function workflowBundle(cache: string): Promise<{ codePath: string }> {
  const codePath = join(cache, `workflows-${(await version()).slice(0, 16)}.js`);
  if (existsSync(codePath)) return { codePath };
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL(`../../workflows/index${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)),
    logger: silent,
  });
  await makeFolder(cache);
  await replaceFile(codePath, code, cache);
  return { codePath };
}

async function version(): Promise<string> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const files = await Promise.all(
    SOURCES.map(async (folder) => (await readdir(join(root, folder))).sort().map((name) => join(root, folder, name))),
  );
  const contents = await Promise.all(
    [...files.flat(), fileURLToPath(import.meta.resolve("@temporalio/workflow/package.json"))].map((file) => readFile(file)),
  );
  return digestOf(Buffer.concat(contents));
}

const ignore = () => undefined;
const silent = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
