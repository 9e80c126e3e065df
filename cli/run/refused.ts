import { isGrpcServiceError, ServiceError, WorkflowNotFoundError } from "@temporalio/client";
import { CrisolError } from "../../schemas/error.ts";

/** gRPC status codes of a server that was not reached, or did not answer in time: what was asked may have been done. */
const UNKNOWN: readonly number[] = [1, 4, 14];

/** What the server's client threw when it was asked something of a run, in four parts; anything else as it is. */
export function refused(runId: string, error: unknown): unknown {
  if (error instanceof WorkflowNotFoundError) return over(runId);
  if (!(error instanceof ServiceError)) return error;
  const { cause } = error;
  const said = isGrpcServiceError(cause) ? cause.details : error.message;
  const unknown = !isGrpcServiceError(cause) || UNKNOWN.includes(cause.code);
  return new CrisolError(
    {
      code: unknown ? "SERVER_UNREACHABLE" : "CONFIG_INVALID",
      what: `the Temporal server ${unknown ? "gave no answer" : "refused"}: ${said}`,
      where: `run ${runId}`,
      why: unknown ? "whether it has done what it was asked is not known" : "it did not do what it was asked",
      fix: `${unknown ? `\`crisol status ${runId}\` tells, once the server is there` : "mend what it says"}; \`crisol doctor\` shows where each setting comes from`,
    },
    { cause: error },
  );
}

/** That a run has ended, so that nothing can be asked of it. */
export function over(runId: string): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: "the run is over",
    where: `run ${runId}`,
    why: "it can't be stopped, paused or told to go on",
    fix: "`crisol status` tells how it ended; `crisol resume` starts it anew, with what is done skipped",
  });
}
