import { CrisolError, type ErrorCode } from "../../../schemas/error.ts";
import { trainerPython } from "../../../system/processes/python-environment.ts";
import type { Message } from "./trainer-messages.ts";

/** How a child process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The kernel killed a process meanwhile for lack of memory. */
  readonly killedByKernel: boolean;
}

/** The error that the trainer reported, with its own four parts. */
export function failure({ code, what, where, why, fix }: Message<"fail">): CrisolError {
  const codes = {
    BAD_DATA: "BAD_DATA",
    BAD_CONFIG: "STAGE_FAILED",
    OUT_OF_MEMORY: "OUT_OF_MEMORY",
    DIVERGED: "DIVERGED",
    CHECK_FAILED: "CHECK_FAILED",
    ENVIRONMENT: "ENVIRONMENT",
  } as const satisfies Record<Message<"fail">["code"], ErrorCode>;
  return new CrisolError({ code: codes[code], what, where, why, fix });
}

/** The trainer stopped, as it was asked to. */
export function stopped(module: string, step: number | undefined): CrisolError {
  return new CrisolError({
    code: "CANCELED",
    what: step === undefined ? "the trainer was stopped" : `the trainer was stopped after step ${step} and saved a checkpoint`,
    where: module,
    why: "the run was cancelled, or its worker is shutting down",
    fix: "resume the run: training continues from the checkpoint",
  });
}

/** The trainer ended without a result or an error. */
export function died(module: string, end: ProcessEnd, lines: readonly string[]): CrisolError {
  if (end.killedByKernel) {
    return new CrisolError(
      {
        code: "OUT_OF_MEMORY",
        what: "the kernel killed the trainer for lack of memory",
        where: module,
        why: "the stage produced no output",
        fix: "use a smaller batch, context or model, run fewer stages at once (`slots` in temporal.config.ts), or raise the limit of this machine or container",
      },
      { cause: end },
    );
  }
  const how = end.signal === null ? `exited with ${end.code}` : `was killed by ${end.signal}`;
  const said = lines.length === 0 ? "" : `; its last lines:\n${lines.map((line) => `    ${line}`).join("\n")}`;
  const killed = end.signal === "SIGKILL";
  return new CrisolError({
    // an uncaught exception is a defect: the same would happen again
    code: end.signal === null ? "STAGE_FAILED" : "HOST_CRASHED",
    what: `the trainer ${how} without a result${said}`,
    where: module,
    why: "the stage produced no output",
    fix: killed
      ? "if nobody killed it, the machine ran out of memory: use a smaller batch or model"
      : "see the lines above and `crisol logs`",
  });
}

/** Python could not be started. */
export function notStarted(cause: Error): CrisolError {
  return new CrisolError(
    {
      code: "ENVIRONMENT",
      what: `Python could not be started: ${cause.message}`,
      where: trainerPython(),
      why: "tokenizing, training, evaluation and export run in the Python package crisol_trainer",
      fix: "run `npm run setup`, then `crisol doctor`",
    },
    { cause },
  );
}
