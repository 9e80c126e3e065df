import type { Digest } from "../schemas/digest.ts";
import { CrisolError } from "../schemas/error.ts";

/** A plan that a run needs is not as it was written. */
export function planDamaged(cause: CrisolError, planDigest: Digest): CrisolError {
  const { code, what } = cause.parts;
  return new CrisolError(
    {
      code,
      what: `the plan of a run can't be read: ${what}`,
      where: `plan ${planDigest}`,
      why: "it says what the run does",
      fix: "`crisol run` the pipeline as it was, with the same parameters: that writes the plan anew, and what is done is skipped",
    },
    { cause },
  );
}

/** There is another run of the name. */
export function runNameTaken(runId: string): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: "there is a run of this name",
    where: `run ${runId}`,
    why: "a run's name stands for one plan and one journal",
    fix: "start it under another name, or `crisol resume` the one that is there",
  });
}

/** No run has the name. */
export function runUnknown(runId: string): CrisolError {
  return new CrisolError({
    code: "NOT_FOUND",
    what: "there is no run of this name",
    where: `run ${runId}`,
    why: "the store knows every run that was started with its home",
    fix: "`crisol runs` lists them; another home is chosen with --home",
  });
}
