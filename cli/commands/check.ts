import { relative } from "node:path";
import type { CheckReport } from "../../schemas/command-output/check-report.ts";
import { green } from "../../system/text/styles.ts";
import { checkPipeline } from "../check/check-pipeline.ts";
import { pipelineFile } from "../pipeline/pipeline-file.ts";
import { parameters, type Session } from "../session.ts";
import { renderIssues } from "../view/render-issues.ts";

/** `crisol check`: the problems found by the compiler and by the pipeline itself. Exits with 2 if there are any. */
export async function checkCommand(session: Session, given: string, set: readonly string[]): Promise<void> {
  const file = relative(session.project, pipelineFile(session.project, given));
  const result = await checkPipeline(file, { params: parameters(set), folder: session.project });
  session.terminal.value({ pipeline: file, ...result } satisfies CheckReport);
  const problems = result.issues.length + result.tsc.length;
  if (problems === 0) return session.terminal.line(`${green("✓")} ${file} has no problems`);
  session.terminal.line(`${renderIssues(result, session.project)}\n\n${problems} ${problems === 1 ? "problem" : "problems"} in ${file}`);
  process.exitCode = 2;
}
