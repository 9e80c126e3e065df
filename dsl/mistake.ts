import { CrisolError } from "../schemas/error.ts";
import type { Issue } from "../schemas/issue.ts";

/** A mistake in a pipeline after which its build cannot continue; `compile` reports the issue it carries. */
export class PipelineMistake extends CrisolError {
  readonly issue: Issue;

  constructor(issue: Issue) {
    super({
      code: "PIPELINE_INVALID",
      what: issue.message,
      where: issue.path.join(" > "),
      why: "the pipeline cannot be read",
      fix: issue.fix,
    });
    this.message = `${issue.message}. ${issue.fix}`;
    this.issue = issue;
  }
}
