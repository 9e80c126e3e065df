import { GracefulShutdownPeriodExpiredError } from "@temporalio/worker";
import { CrisolError } from "../../schemas/error.ts";
import { connectionSettings } from "../config/connection.ts";
import { loadConfig } from "../config/load.ts";
import { unreachable } from "../services/unreachable.ts";

/** Errors of the SDK that say that the server did not answer, or not well. */
const ofConnection = ["TransportError", "ServiceError"];

/** What ended a worker: that its server can't be used, and why; that stages would not stop; anything else as it is. */
export async function unreached(address: string, error: unknown): Promise<unknown> {
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
