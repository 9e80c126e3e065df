import { CrisolError, type ErrorCode, ErrorCodes, errorData, isCrisolError } from "../../schemas/error.ts";
import type { ErrorData } from "../../schemas/run-state.ts";
import { lastLines } from "../../system/files/log-file.ts";
import type { Home } from "../home.ts";
import type { ServicesState } from "./services-state.ts";

const why = "runs are kept by the Temporal server, and their stages run in the worker";

/** An error as it is stored in `services.json`. */
export function keptError(error: unknown): ErrorData {
  if (isCrisolError(error)) return errorData(error.parts);
  const what = error instanceof Error ? error.message : String(error);
  return { code: "ENVIRONMENT", what, where: "the supervisor", why, fix: "see supervisor.log in the home's logs" };
}

/** The error that `services.json` holds. */
export function errorFrom({ code, ...parts }: ErrorData): CrisolError {
  return new CrisolError({ code: isErrorCode(code) ? code : "ENVIRONMENT", ...parts });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ErrorCodes, code);
}

export function supervisedElsewhere(home: Home, { supervisor }: ServicesState): CrisolError {
  return new CrisolError({
    code: "HOME_BUSY",
    what: "another machine or container runs the services of this home",
    where: `${home.folder}: process ${supervisor.pid} on ${supervisor.place.split(" ")[0]}`,
    why: "two servers on one database would damage it",
    fix: "run `crisol down` there, or choose another home with --home",
  });
}

/** The error for a supervisor that ended without writing to `services.json`. */
export function supervisorFailed(home: Home): CrisolError {
  return new CrisolError({
    code: "ENVIRONMENT",
    what: "the supervisor of the server and the worker ended at once",
    where: `${home.logs}:\n${[lastLines(`${home.logs}/supervisor.err`, 10), lastLines(`${home.logs}/supervisor.log`, 5)].filter(Boolean).join("\n")}`,
    why,
    fix: "fix what is reported there, then run the command again; crisol doctor checks for the usual causes",
  });
}

export function notUpInTime(home: Home, seconds: number): CrisolError {
  return new CrisolError({
    code: "ENVIRONMENT",
    what: `the server and the worker did not come up within ${seconds} s`,
    where: `${home.logs}:\n${lastLines(`${home.logs}/supervisor.log`, 5)}`,
    why,
    fix: "run the command again: a busy machine may need longer; crisol doctor checks for other causes",
  });
}
