/** The errors of a command that did not succeed. */
import { CrisolError } from "../../../schemas/error.ts";

/** It exited with a code other than 0, or was killed. */
export function commandEnded(
  where: string,
  end: { readonly code: number | null; readonly killer: NodeJS.Signals | null },
  lines: readonly string[],
): CrisolError {
  const how = end.killer === null ? `exited with ${end.code}` : `was killed by ${end.killer}`;
  const last = lines.findLast((line) => line.trim() !== "");
  const others = lines.length > 1 ? `\n${lines.map((line) => `    ${line}`).join("\n")}` : "";
  const said = last === undefined ? ", and printed no error" : `: ${last.trim()}${others}`;
  return new CrisolError({
    // the same command would exit in the same way, but it may not be killed again
    code: end.killer === null ? "STAGE_FAILED" : "HOST_CRASHED",
    what: `the command ${how}${said}`,
    where,
    why: "the stage produced no output",
    fix:
      end.killer === "SIGKILL"
        ? "if nobody killed it, the machine ran out of memory: free some, or let the command hold less at a time"
        : "fix the command, then `crisol resume`; `crisol logs` shows all that it wrote to standard error",
  });
}

/** It was asked to stop, and it did. */
export function commandStopped(where: string): CrisolError {
  return new CrisolError({
    code: "CANCELED",
    what: "the command was stopped",
    where,
    why: "the run was cancelled, or its worker is shutting down",
    fix: "resume the run: the command starts over",
  });
}

/** The shell that starts it could not be run. */
export function noShell(where: string, cause: Error): CrisolError {
  return new CrisolError(
    {
      code: "ENVIRONMENT",
      what: `the command could not be started: ${cause.message}`,
      where,
      why: "the command does the stage's work",
      fix: "commands are started by /bin/sh, in the run's scratch folder: see `crisol doctor`",
    },
    { cause },
  );
}
