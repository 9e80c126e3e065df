import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { CrisolError } from "../schemas/error.ts";
import { environmentProgram } from "./trainer-environment.ts";

/**
 * The path of a command's program: `python` is the project's Python (`CRISOL_PYTHON`, else the project's `.venv`, else the one that set-up
 * brought), a path is one of the command's own files, any other name is looked up on the PATH.
 *
 * @param folder the folder that the command runs in
 * @param where the stage, for the error
 * @throws CrisolError ENVIRONMENT when it is not there.
 */
export function findProgram(word: string, { project, folder, where }: { project: string; folder: string; where: string }): string {
  const name = word === "python" ? pythonOf(project) : word;
  if (/[\\/]/.test(name)) {
    const path = resolve(folder, name);
    if (isExecutable(path)) return path;
  } else {
    for (const place of (process.env.PATH ?? "").split(delimiter)) {
      const path = join(place, name);
      if (isAbsolute(path) && isExecutable(path)) return path;
    }
  }
  throw new CrisolError({
    code: "ENVIRONMENT",
    what: `the program ${JSON.stringify(name)} is not there`,
    where,
    why: "the stage's work is done by it",
    fix:
      word === "python"
        ? "run `npm run setup`, or let CRISOL_PYTHON name a Python, then `crisol down` and `crisol resume`"
        : "install it where the worker runs, then `crisol resume`; a program of your own is named by its path beside the stage: ./score.sh",
  });
}

function pythonOf(project: string): string {
  const own = process.platform === "win32" ? join(project, ".venv", "Scripts", "python.exe") : join(project, ".venv", "bin", "python");
  return process.env.CRISOL_PYTHON ?? (existsSync(own) ? own : environmentProgram("python"));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
