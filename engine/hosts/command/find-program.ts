import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { CrisolError } from "../../../schemas/error.ts";
import { environmentProgram } from "../../../system/processes/python-environment.ts";

/**
 * The path of a command's program: `python` is the project's Python (`CRISOL_PYTHON`, else the project's `.venv`, else the one installed by
 * set-up), a path is one of the command's own files, any other name is looked up on the PATH.
 *
 * @param folder the folder where the command runs
 * @param where the stage, for the error
 * @throws CrisolError ENVIRONMENT when it is not found.
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
    what: `the program ${JSON.stringify(name)} was not found`,
    where,
    why: "it does the stage's work",
    fix:
      word === "python"
        ? "run `npm run setup`, or set CRISOL_PYTHON to the path of a Python, then `crisol down` and `crisol resume`"
        : "install it where the worker runs, then `crisol resume`; name your own program by its path relative to the stage's module: ./score.sh",
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
