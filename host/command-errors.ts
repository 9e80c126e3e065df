/** What is told of a command that ended otherwise than well. */
import { CrisolError } from "../schemas/error.ts";

/** It exited with another code than 0, or was killed. */
export function commandEnded(
  where: string,
  end: { readonly code: number | null; readonly killer: NodeJS.Signals | null },
  lines: readonly string[],
): CrisolError {
  const how = end.killer === null ? `exited with ${end.code}` : `was killed by ${end.killer}`;
  const last = lines.findLast((line) => line.trim() !== "");
  const others = lines.length > 1 ? `\n${lines.map((line) => `    ${line}`).join("\n")}` : "";
  const said = last === undefined ? ", and said nothing" : `: ${last.trim()}${others}`;
  return new CrisolError({
    // the same command would end in the same way; but whoever killed it may not do it again
    code: end.killer === null ? "STAGE_FAILED" : "HOST_CRASHED",
    what: `the command ${how}${said}`,
    where,
    why: "the stage's output was not made",
    fix:
      end.killer === "SIGKILL"
        ? "if nobody killed it, the machine ran out of memory: free some, or let it hold less at a time"
        : "mend the command, then `crisol resume`; `crisol logs` has all it wrote to standard error",
  });
}

/** It was asked to stop, and did. */
export function commandStopped(where: string): CrisolError {
  return new CrisolError({
    code: "CANCELED",
    what: "the command was stopped",
    where,
    why: "the run was cancelled, or its worker is shutting down",
    fix: "resume the run: the command begins again",
  });
}

/** There is no shell to start it with. */
export function noShell(where: string, cause: Error): CrisolError {
  return new CrisolError(
    {
      code: "ENVIRONMENT",
      what: `the command could not be started: ${cause.message}`,
      where,
      why: "the stage's work is done by it",
      fix: "commands are started by /bin/sh, in the run's scratch folder: see `crisol doctor`",
    },
    { cause },
  );
}
