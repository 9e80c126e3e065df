/** Type-checking of pipeline files by the TypeScript compiler. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CrisolError } from "../../schemas/error.ts";
import { isOwnSource, shownPath } from "../pipeline/source-place.ts";

/** A message of the compiler. */
export interface Diagnostic {
  /** Relative to the given folder, if it is below it. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** "TS2345". */
  readonly code: string;
  /** The compiler's text, with its indented explanations on separate lines. */
  readonly message: string;
  /** The line of source that it is about. */
  readonly source: string;
}

/** The compiler's settings, regardless of the project's: what Node can run, and as strict as the messages need. */
const options = [
  ["--ignoreConfig"],
  ["--noEmit"],
  ["--pretty", "false"],
  ["--target", "es2024"],
  ["--lib", "esnext"],
  ["--module", "preserve"],
  ["--moduleDetection", "force"],
  ["--allowImportingTsExtensions"],
  ["--erasableSyntaxOnly"],
  ["--verbatimModuleSyntax"],
  ["--resolveJsonModule"],
  ["--strict"],
  ["--exactOptionalPropertyTypes"],
  ["--noErrorTruncation"],
  ["--skipLibCheck"],
  ["--types", "node"],
  ["--typeRoots", dirname(dirname(fileURLToPath(import.meta.resolve("@types/node/package.json"))))],
].flat();

/** Bytes of output above which something is wrong with the compiler. */
const mostOutputBytes = 64 * 1024 * 1024;

/**
 * Check files and what they import with crisol's compiler; messages about crisol's own files are left out.
 *
 * @throws CrisolError ENVIRONMENT when the compiler cannot be started.
 */
export async function typeCheck(files: readonly string[], folder: string): Promise<Diagnostic[]> {
  const paths = files.map((file) => resolve(folder, file));
  const { text, failed } = await runCompiler(paths, folder);
  const diagnostics = parseDiagnostics(text, folder);
  if (failed && diagnostics.length === 0 && !text.includes(": error TS")) throw compilerFailed(text);
  return diagnostics.filter((diagnostic) => !isOwnSource(resolve(folder, diagnostic.file)));
}

/** Run the compiler on files with crisol's settings, and `more` settings. @throws CrisolError ENVIRONMENT when it cannot be started. */
export function runCompiler(
  files: readonly string[],
  cwd: string,
  more: readonly string[] = [],
): Promise<{ text: string; failed: boolean }> {
  return new Promise((done, refuse) => {
    execFile(compilerPath(), [...options, ...more, ...files], { cwd, maxBuffer: mostOutputBytes }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code === "string") refuse(compilerFailed(error.message));
      else done({ text: stdout + stderr, failed: error !== null });
    });
  });
}

/** The native compiler itself: starting it through Node would cost a tenth of a second. */
function compilerPath(): string {
  const name = `@typescript/typescript-${process.platform}-${process.arch}`;
  try {
    const manifest = fileURLToPath(import.meta.resolve(`${name}/package.json`));
    return join(dirname(manifest), "lib", process.platform === "win32" ? "tsc.exe" : "tsc");
  } catch (error) {
    throw compilerFailed(`the package ${name} is not installed`, error);
  }
}

function compilerFailed(what: string, cause?: unknown): CrisolError {
  return new CrisolError(
    {
      code: "ENVIRONMENT",
      what: `the TypeScript compiler did not run: ${what.trim()}`,
      where: "typescript",
      why: "a pipeline's types cannot be checked without it",
      fix: "install crisol's packages again (npm ci)",
    },
    { cause },
  );
}

/** The compiler's plain output as diagnostics. */
export function parseDiagnostics(text: string, folder: string): Diagnostic[] {
  const found: { file: string; line: number; column: number; code: string; message: string }[] = [];
  for (const line of text.split("\n")) {
    const [, file, row, column, code, message] = /^(.+?)\((\d+),(\d+)\): error (TS\d+): (.*)$/.exec(line) ?? [];
    const last = found.at(-1);
    if (file !== undefined && code !== undefined && message !== undefined) {
      found.push({ file: resolve(folder, file), line: Number(row), column: Number(column), code, message });
    } else if (last !== undefined && line.startsWith("  ")) last.message += `\n${line}`;
  }
  return found.map((diagnostic) => ({
    ...diagnostic,
    file: shownPath(diagnostic.file, folder),
    source: readFileSync(diagnostic.file, "utf8").split("\n")[diagnostic.line - 1] ?? "",
  }));
}
