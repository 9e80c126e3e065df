import { readFileSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isPipeline, type Pipeline } from "../../dsl/pipeline.ts";
import { CrisolError, isCrisolError } from "../../schemas/error.ts";
import { placeInStack, shownPath } from "./source-place.ts";

/** Longest time that a file may take to load, in milliseconds. */
const loadLimitMs = 30_000;

const loaded = new Map<string, number>();

/**
 * Import a pipeline file and return its default export.
 *
 * A file loaded again in the same process is read again; its imports are not.
 *
 * @throws CrisolError PIPELINE_INVALID, naming file and line if they are known.
 */
export async function loadPipeline(file: string): Promise<Pipeline> {
  const path = resolve(file);
  checkFile(path, file);
  const times = loaded.get(path) ?? 0;
  loaded.set(path, times + 1);
  const url = pathToFileURL(path);
  if (times > 0) url.searchParams.set("v", String(times));
  let module: { readonly default?: unknown };
  try {
    module = await within(loadLimitMs, import(url.href), file);
  } catch (error) {
    throw loadFailure(error, file);
  }
  const { default: pipeline } = module;
  if (isPipeline(pipeline)) return pipeline;
  throw new CrisolError({
    code: "PIPELINE_INVALID",
    what: pipeline === undefined ? "the file has no default export" : "the file's default export is not a pipeline",
    where: file,
    why: "a pipeline is its file's default export, created by definePipeline",
    fix: looksLikePipeline(pipeline)
      ? 'two copies of crisol are installed: import definePipeline from the "crisol" that this command belongs to'
      : "write `export default definePipeline({ name, build() { ... } })`",
  });
}

/** A promise's value, unless it takes too long; the timer also keeps the process alive while the promise is pending. */
async function within<T>(limitMs: number, promise: Promise<T>, file: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, refuse) => {
    timer = setTimeout(() => refuse(tooLate(limitMs, file)), limitMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function tooLate(limitMs: number, file: string): CrisolError {
  return invalid(
    `the file did not load within ${limitMs / 1000} s`,
    file,
    "a pipeline's file only declares: move what it waits for into a stage",
  );
}

function checkFile(path: string, file: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() && [".ts", ".mts", ".js", ".mjs"].includes(extname(path))) return;
  const what = stat === undefined ? "there is no such file" : stat.isFile() ? "a pipeline is a .ts file" : "this is not a file";
  throw new CrisolError({
    code: "PIPELINE_INVALID",
    what,
    where: file,
    why: "there is no pipeline to read",
    fix: "name a pipeline's file, for example pipelines/quickstart.ts",
  });
}

function loadFailure(error: unknown, file: string): CrisolError {
  const place = error instanceof Error ? placeInStack(error.stack ?? "") : undefined;
  const where = place === undefined ? file : shownPath(place, process.cwd());
  if (isCrisolError(error)) return new CrisolError(place === undefined ? error.parts : { ...error.parts, where }, { cause: error });
  const message = firstLine(error instanceof Error ? error.message : String(error));
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_MODULE_NOT_FOUND") {
    const { missing, importer } = missingImport(message);
    return invalid(
      `an import was not found: ${missing}`,
      importer ?? where,
      "correct the import (a file is imported with its .ts ending), or install the package",
      error,
    );
  }
  if (code === "ERR_PACKAGE_PATH_NOT_EXPORTED") {
    const fix = "import only what the package exports; crisol exports crisol, crisol/stages and crisol/config";
    return invalid(`an import was not found: ${message}`, where, fix, error);
  }
  if (message.startsWith("The requested module")) {
    return invalid(`an import was not found: ${message}`, where, "import a name that the module exports", error);
  }
  if (error instanceof SyntaxError) {
    return invalid(
      `the file does not parse: ${message}`,
      where,
      "fix the syntax; only erasable TypeScript is allowed: no enums and no namespaces",
      error,
    );
  }
  return invalid(`the file threw while it was loaded: ${message}`, where, "a pipeline's file only declares: move work into a stage", error);
}

/** The missing import, and the line that imports it. */
function missingImport(message: string): { missing: string; importer?: string } {
  const [, missing = message, path] = /Cannot find (?:module|package) '([^']+)' imported from (.+)$/.exec(message) ?? [];
  if (path === undefined) return { missing };
  const name = missing.split("/").at(-1) ?? missing;
  const line = readFileSync(path, "utf8")
    .split("\n")
    .findIndex((text) => /\b(?:import|from)\b/.test(text) && text.includes(name));
  const cwd = process.cwd();
  return { missing: shownPath(missing, cwd), importer: `${shownPath(path, cwd)}${line < 0 ? "" : `:${line + 1}`}` };
}

function invalid(what: string, where: string, fix: string, cause?: unknown): CrisolError {
  return new CrisolError({ code: "PIPELINE_INVALID", what, where, why: "the pipeline cannot be read", fix }, { cause });
}

function firstLine(message: string): string {
  return message.trim().split("\n").at(0) ?? "";
}

function looksLikePipeline(value: unknown): boolean {
  return typeof value === "object" && value !== null && "name" in value && "build" in value && "params" in value;
}
