import type { Digest } from "../../schemas/digest.ts";
import { CrisolError } from "../../schemas/error.ts";

/** A plan that a run needs is damaged or missing. */
export function planDamaged(cause: CrisolError, planDigest: Digest): CrisolError {
  const { code, what } = cause.parts;
  return new CrisolError(
    {
      code,
      what: `the plan of a run can't be read: ${what}`,
      where: `plan ${planDigest}`,
      why: "the plan says what the run does",
      fix: "`crisol run` the unchanged pipeline with the same parameters: that rewrites the plan, and finished work is skipped",
    },
    { cause },
  );
}

/** Another run has the name. */
export function runNameTaken(runId: string): CrisolError {
  return new CrisolError({
    code: "COMMAND_INVALID",
    what: "a run with this name already exists",
    where: `run ${runId}`,
    why: "a run's name stands for one plan and one journal",
    fix: "start it under another name, or `crisol resume` the existing one",
  });
}

/** No run has the name. */
export function runUnknown(runId: string): CrisolError {
  return new CrisolError({
    code: "NOT_FOUND",
    what: "no run has this name",
    where: `run ${runId}`,
    why: "the store of a home knows only the runs that were started with that home",
    fix: "`crisol runs` lists them; choose another home with --home",
  });
}
