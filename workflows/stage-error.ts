import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from "@temporalio/workflow";
import type { StageError } from "./protocol.ts";

/** The error of a stage's activity, or of the workflow of its shards, with its four parts. */
export function stageError(error: unknown, node: string): StageError {
  const cause = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const [parts] = (cause.details ?? []) as [StageError?];
    if (parts) return parts;
  }
  return {
    code: "STAGE_FAILED",
    what: cause instanceof Error ? cause.message : String(cause),
    where: `stage ${node}`,
    why: "the run can't go on without this stage's output",
    fix: "correct the stage, then `crisol resume`",
  };
}
