import { isGrpcServiceError, ServiceError, WorkflowNotFoundError } from "@temporalio/client";
import { CrisolError } from "../../schemas/error.ts";

/** gRPC status codes of a server that was not reached, or did not answer in time: the request may have taken effect. */
const UNKNOWN: readonly number[] = [1, 4, 14];

/** Turn an error of the server's client about a run into one with four parts; any other error is returned as it is. */
export function refused(runId: string, error: unknown): unknown {
  if (error instanceof WorkflowNotFoundError) return runIsOver(runId);
  if (!(error instanceof ServiceError)) return error;
  const { cause } = error;
  const said = isGrpcServiceError(cause) ? cause.details : error.message;
  const unknown = !isGrpcServiceError(cause) || UNKNOWN.includes(cause.code);
  return new CrisolError(
    {
      code: unknown ? "SERVER_UNREACHABLE" : "CONFIG_INVALID",
      what: `the Temporal server ${unknown ? "did not answer" : "refused"}: ${said}`,
      where: `run ${runId}`,
      why: unknown ? "whether the request took effect is unknown" : "the request had no effect",
      fix: `${unknown ? `\`crisol status ${runId}\` shows it once the server is back` : "correct what it names"}; \`crisol doctor\` shows where each setting comes from`,
    },
    { cause: error },
  );
}

/** The error for a request to a run that has ended. */
export function runIsOver(runId: string): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: "the run is over",
    where: `run ${runId}`,
    why: "it can no longer be stopped, paused or continued",
    fix: "`crisol status` shows how it ended; `crisol resume` starts a new run, and finished work is skipped",
  });
}
