import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { Issue } from "../../schemas/issue.ts";
import type { JsonObject } from "../../schemas/json.ts";
import { withRelativePlaces } from "../pipeline/source-place.ts";
import { compileApart } from "./compile-apart.ts";
import { type Diagnostic, typeCheck } from "./type-check.ts";

/** How a pipeline is checked. */
export interface CheckOptions {
  readonly params: JsonObject;
  /** The project's folder. @default the working directory */
  readonly folder?: string;
  /** Milliseconds that loading and building may take. @default 10,000 */
  readonly limitMs?: number;
}

/** Everything that is wrong with a pipeline: its own issues, and the compiler's. */
export interface CheckResult {
  readonly issues: readonly Issue[];
  readonly tsc: readonly Diagnostic[];
}

/**
 * Check a pipeline file: its types and those of its stages' code by the compiler, the rest by compiling it.
 *
 * @throws CrisolError ENVIRONMENT when the compiler cannot be started.
 */
export async function checkPipeline(file: string, options: CheckOptions): Promise<CheckResult> {
  const { params, folder = process.cwd(), limitMs = 10_000 } = options;
  const path = resolve(folder, file);
  const { issues, modules } = await compileApart({ file: path, params, project: folder }, limitMs);
  const sources = [path, ...modules].filter((source) => isTypeScript(source));
  const tsc = sources.length === 0 ? [] : await typeCheck([...new Set(sources)], folder);
  return { issues: issues.map((issue) => withPlaces(issue, folder)), tsc };
}

function isTypeScript(path: string): boolean {
  return /\.m?ts$/.test(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** An issue whose places are shown relative to a folder. */
export function withPlaces(issue: Issue, folder: string): Issue {
  const shown = (text: string): string => withRelativePlaces(text, folder);
  return { ...issue, message: shown(issue.message), path: issue.path.map(shown), fix: shown(issue.fix) };
}
