import { CrisolError } from "../../schemas/error.ts";

/** That no worker could say how a run stands. */
export function noAnswer(runId: string, cause: Error): CrisolError {
  const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
  return new CrisolError(
    {
      code: "SERVER_UNREACHABLE",
      what: `no worker says how the run stands: ${reason}`,
      where: `run ${runId}`,
      why: "the run goes on in a worker",
      fix: "see that a worker is there and can read the run: `crisol doctor` lists workers, and a worker prints what it can't do",
    },
    { cause },
  );
}
