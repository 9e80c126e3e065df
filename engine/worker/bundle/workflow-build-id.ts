import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { digestOf } from "../../../schemas/digest.ts";

/**
 * The version of the workflow code: a digest of the code itself, and of the SDK's version.
 *
 * Comments, whitespace, types, and the place of crisol don't count; a worker's bundle contains all of these.
 *
 * @returns 16 hexadecimal digits
 */
export async function workflowBuildId(workflowsPath: string): Promise<string> {
  const sdk = await readFile(fileURLToPath(import.meta.resolve("@temporalio/workflow/package.json")), "utf8");
  const { outputFiles } = await build({
    entryPoints: [workflowsPath],
    bundle: true,
    packages: "external",
    format: "esm",
    minifyWhitespace: true,
    legalComments: "none",
    write: false,
  });
  const { version } = JSON.parse(sdk) as { version: string };
  return digestOf(`${version}\n${outputFiles[0]?.text}`).slice(0, 16);
}
