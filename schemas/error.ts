import type { ErrorData } from "./run-state.ts";

/**
 * The closed list of error codes: how the command exits, and whether another attempt can help.
 *
 * Free of zod, because workflow code reads it.
 */
export const ErrorCodes = {
  COMMAND_INVALID: { exit: 2, retry: false },
  PIPELINE_INVALID: { exit: 2, retry: false },
  CONFIG_INVALID: { exit: 2, retry: false },
  NOT_FOUND: { exit: 2, retry: false },
  SOURCE_EMPTY: { exit: 2, retry: false },
  /** Raw files differ from their pins. */
  SOURCE_CHANGED: { exit: 1, retry: false },
  /** Too many unusable records, or data that no stage can use. */
  BAD_DATA: { exit: 1, retry: false },
  /** A signature, a root or a pin does not hold. */
  SEAL_BROKEN: { exit: 1, retry: false },
  /** A blob is missing, short or altered; its producer can recreate it. */
  ARTIFACT_DAMAGED: { exit: 1, retry: false },
  /** A gate said no. */
  REJECTED: { exit: 1, retry: false },
  /** Stage code threw, or broke its contract. */
  STAGE_FAILED: { exit: 1, retry: false },
  STAGE_TIMEOUT: { exit: 1, retry: false },
  /** The training loss is no longer a finite number. */
  DIVERGED: { exit: 1, retry: false },
  /** An exported model does not agree with the one that was trained. */
  CHECK_FAILED: { exit: 1, retry: false },
  /** A run was started with different workflow code, for which there is no worker any more. */
  OTHER_VERSION: { exit: 1, retry: false },
  HOST_CRASHED: { exit: 1, retry: true },
  OUT_OF_MEMORY: { exit: 1, retry: true },
  /** Worker or run was asked to stop; the stage saved what it could. */
  CANCELED: { exit: 1, retry: true },
  STORE_FULL: { exit: 3, retry: true },
  STORE_UNWRITABLE: { exit: 3, retry: true },
  HOME_BUSY: { exit: 3, retry: false },
  SERVER_UNREACHABLE: { exit: 3, retry: true },
  PORT_TAKEN: { exit: 3, retry: false },
  ENVIRONMENT: { exit: 3, retry: false },
} as const satisfies Record<string, { exit: 1 | 2 | 3; retry: boolean }>;

export type ErrorCode = keyof typeof ErrorCodes;

/** The four parts of an error, as data: what happened, where, why it matters, what to do. */
export interface ErrorParts {
  readonly code: ErrorCode;
  readonly what: string;
  /** File, record, stage, digest: as exact as possible. */
  readonly where: string;
  readonly why: string;
  readonly fix: string;
  /** For an artifact that must be recreated: the damaged file's blob and the artifact's manifest. */
  readonly damaged?: { readonly blob: string; readonly artifact?: string; readonly producer?: string | null };
}

/** Only the code and the four parts of an error, without the extra data that some carry. */
export function errorData({ code, what, where, why, fix }: ErrorData): ErrorData {
  return { code, what, where, why, fix };
}

/** The one error that crisol raises on purpose; everything else is a bug. */
export class CrisolError extends Error {
  readonly parts: ErrorParts;

  constructor(parts: ErrorParts, options?: ErrorOptions) {
    super(parts.what, options);
    this.name = "CrisolError";
    this.parts = parts;
  }
}

/** Whether a value is a crisol error, even from another copy of this module (a code package has its own). */
export function isCrisolError(error: unknown): error is CrisolError {
  return error instanceof Error && error.name === "CrisolError" && "parts" in error;
}
