import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { digestOf } from "../../schemas/digest.ts";
import { unlessMissing } from "../../store/file-errors.ts";
import { cliModule } from "../services/program-paths.ts";

/** Folders whose code the bundle holds. */
const SOURCES = ["workflows", "schemas"];

/** A bundle of workflow code. */
export interface WorkflowBundle {
  readonly codePath: string;
  /** The version of its code. */
  readonly buildId: string;
}

/**
 * The bundle of workflow code, built once per version of the sources and of the SDK and kept in a cache folder.
 *
 * Building takes most of a second and a process of its own; a worker that finds it built starts at once.
 *
 * @param failureConverterPath of a module that writes and reads errors in the SDK's place
 */
export async function workflowBundle(cache: string, failureConverterPath?: string): Promise<WorkflowBundle> {
  const more = failureConverterPath === undefined ? [] : [failureConverterPath];
  const codePath = join(cache, `workflows-${(await version(more)).slice(0, 16)}.js`);
  const kept = existsSync(codePath) ? await unlessMissing(readFile(buildIdFile(codePath), "utf8")) : undefined;
  if (kept !== undefined) return { codePath, buildId: kept };
  await promisify(execFile)(process.execPath, [cliModule("worker/bundle-main"), codePath, ...more]);
  return { codePath, buildId: await readFile(buildIdFile(codePath), "utf8") };
}

/** The file beside a bundle that says which version of the workflow code it is. */
export function buildIdFile(codePath: string): string {
  return codePath.replace(/\.js$/, ".build");
}

/** The digest of everything that a bundle is made from, and of the SDK's version. */
async function version(more: readonly string[]): Promise<string> {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const files = await Promise.all(
    SOURCES.map(async (folder) => (await readdir(join(root, folder))).sort().map((name) => join(root, folder, name))),
  );
  const contents = await Promise.all(
    [...files.flat(), ...more, fileURLToPath(import.meta.resolve("@temporalio/workflow/package.json"))].map((file) => readFile(file)),
  );
  return digestOf(Buffer.concat(contents));
}
