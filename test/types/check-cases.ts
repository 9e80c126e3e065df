/** What the compiler and `compile` say of the files in `cases/`. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { withPlaces } from "../../cli/check/check-pipeline.ts";
import { typeCheck } from "../../cli/check/type-check.ts";
import { loadPipeline } from "../../cli/pipeline/load-pipeline.ts";
import { shortenTypes } from "../../cli/view/render-issues.ts";
import { compile } from "../../dsl/graph/compile.ts";
import { isCrisolError } from "../../schemas/error.ts";
import { crisolFolder } from "../../system/package-folder.ts";
import type { SaidByCompile, SaidByTsc } from "./mistakes.ts";

const folder = join(crisolFolder, "test", "types", "cases");

/** The files of cases. */
export const caseFiles = readdirSync(folder)
  .filter((file) => file !== "prepared.ts")
  .sort();

/** What tsc says of every case, by file, from one run over all of them; long lists of parameters are cut, as `crisol check` cuts them. */
export async function tscOnCases(): Promise<Map<string, SaidByTsc[]>> {
  const diagnostics = await typeCheck([...caseFiles, "prepared.ts"], folder);
  const said = Map.groupBy(diagnostics, ({ file }) => basename(file));
  return new Map(
    [...said].map(([file, found]) => [file, found.map(({ line, code, message }) => ({ line, text: `${code}: ${shortenTypes(message)}` }))]),
  );
}

/** What a case's own issues say, with the places left out; `builds`: how often it is compiled before it is asked. */
export async function compileCase(file: string, builds = 1): Promise<SaidByCompile[]> {
  try {
    const pipeline = await loadPipeline(join(folder, file));
    for (let earlier = 1; earlier < builds; earlier++) compile(pipeline, {});
    return compile(pipeline, {}).issues.map((issue) => {
      const { code, message, path, fix } = withPlaces(issue, folder);
      const at = path.filter((part) => !/:\d+:\d+$/.test(part)).join(" › ");
      return { at, code, message, fix };
    });
  } catch (error) {
    if (!isCrisolError(error)) throw error;
    return [{ at: basename(error.parts.where), code: error.parts.code, message: error.parts.what, fix: error.parts.fix }];
  }
}
