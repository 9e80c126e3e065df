import { GracefulShutdownPeriodExpiredError } from "@temporalio/worker";
import { CrisolError } from "../../schemas/error.ts";
import { connectionSettings } from "../connection/settings/connection.ts";
import { loadConfig } from "../connection/settings/load.ts";
import { unreachable } from "../connection/unreachable.ts";

/** Errors of the SDK which mean that the server did not answer, or answered with an error. */
const ofConnection = ["TransportError", "ServiceError"];

/** Explain the error that ended a worker: its server can't be used, or stages did not stop; any other error is returned as it is. */
export async function workerFailure(address: string, error: unknown): Promise<unknown> {
  if (error instanceof GracefulShutdownPeriodExpiredError) return notStopped(error);
  if (!(error instanceof Error) || !ofConnection.includes(error.name)) return error;
  return unreachable(await connectionSettings(await loadConfig(process.cwd()), address), error.message, error);
}

function notStopped(cause: Error): CrisolError {
  return new CrisolError(
    {
      code: "ENVIRONMENT",
      what: "running stages did not end in time when the worker was stopped",
      where: "this worker process",
      why: "work that they had not saved is repeated when another worker takes them up; recorded work is not lost",
      fix: "start a worker again; `crisol logs` shows what the stages were doing",
    },
    { cause },
  );
}
