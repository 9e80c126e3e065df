import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CommandCode } from "../../dsl/graph/graph.ts";
import { CrisolError } from "../../schemas/error.ts";
import { fileLabel } from "../../system/package-folder.ts";
import { expandGlobs } from "../sources/expand-source.ts";

/** A file of a command: its path in the folder that the command runs in, and where it is now. */
export interface CommandFile {
  readonly path: string;
  readonly from: string;
}

/** Endings of files that are programs: an argument with one is meant to be a file. */
const isScript = /^[\w./-]+\.(?:py|sh|js|mjs|ts|rb|pl|R|jl|lua)$/;
/** What running a program leaves beside it. */
const byProduct = /(?:^|\/)__pycache__\/|\.pyc$/;

/**
 * The files of a command, sorted by path: those that its words name, beside the module that defines the stage, and those that its globs match.
 *
 * @throws CrisolError PIPELINE_INVALID for a file that is missing, outside the folder, or named like one of crisol's own.
 */
export async function findCommandFiles(stage: string, code: CommandCode, project: string): Promise<CommandFile[]> {
  const folder = dirname(fileURLToPath(code.url));
  const where = `stage "${stage}" in ${fileLabel(project, fileURLToPath(code.url))}`;
  const refuse = (what: string, why: string, fix: string): never => {
    throw new CrisolError({ code: "PIPELINE_INVALID", what, where, why, fix });
  };
  const paths = new Set<string>();
  for (const [index, word] of code.words.entries()) {
    const path = word.replace(/^(?:\.\/)+/, "");
    const program = index === 0 && !/[\\/]/.test(word);
    if (program || word.startsWith("-") || word.startsWith("/") || path === "") continue;
    if (statSync(join(folder, path), { throwIfNoEntry: false })?.isFile()) paths.add(path);
    else if (isScript.test(word) || index === 0)
      refuse(
        `the command names the file "${word}", which is not there`,
        "the stage cannot do its work without it",
        besides(folder, word, project),
      );
  }
  for (const pattern of code.files) {
    if (pattern.startsWith("/") || pattern.split("/").includes("..")) paths.add(pattern);
    else {
      const { paths: inside, outside } = await expandGlobs([pattern], folder);
      const found = [...inside, ...outside].filter((path) => !byProduct.test(path));
      for (const path of found) paths.add(path);
      if (found.length === 0) {
        refuse(
          `no file of the command matches "${pattern}"`,
          "the program would not find what it needs",
          besides(folder, pattern, project),
        );
      }
    }
  }
  for (const path of paths) {
    if (path.startsWith("/") || path.split("/").includes("..")) {
      refuse(
        `the command's file "${path}" is outside the folder of the module that defines the stage`,
        "its files are placed in a folder of their own, each at its path below the module's folder",
        "move it beside or below the module, or declare the stage in a module above it",
      );
    }
    if (path === "params.json") {
      refuse(`the command has a file "params.json"`, "crisol writes the stage's parameters there", "give the file another name");
    }
  }
  return [...paths].sort().map((path) => ({ path, from: join(folder, path) }));
}

function besides(folder: string, path: string, project: string): string {
  const base = fileLabel(project, folder);
  const elsewhere = existsSync(join(project, path)) ? `; it is looked up beside the module, and there is one in the project's folder` : "";
  return `write it: ${join(base === "" ? "." : base, path)}${elsewhere}`;
}
