import { CrisolError } from "../../schemas/error.ts";

/** The error for a run whose state no worker reported. */
export function noAnswer(runId: string, cause: Error): CrisolError {
  const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
  return new CrisolError(
    {
      code: "SERVER_UNREACHABLE",
      what: `no worker reported the state of the run: ${reason}`,
      where: `run ${runId}`,
      why: "a run is carried on by a worker, which also reports its state",
      fix: "make sure that a worker is up and can read the run: `crisol doctor` lists workers, and a worker's log says what it can't do",
    },
    { cause },
  );
}
