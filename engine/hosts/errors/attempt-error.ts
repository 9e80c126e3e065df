import { inspect } from "node:util";
import { type ErrorParts, isCrisolError } from "../../../schemas/error.ts";
import { storeCodeOf, systemCode } from "../../../system/files/file-errors.ts";

/** What is known about an attempt that threw. */
interface ThrownIn {
  readonly where: string;
  /** The place in its code. */
  readonly thrownAt: string | undefined;
  /** The source of the document that it read last, for each input. */
  readonly lastRead: readonly string[];
  readonly stopped: boolean;
}

/** What an attempt threw, as an error in four parts. */
export function attemptError(error: unknown, { where, thrownAt, lastRead, stopped }: ThrownIn): ErrorParts {
  if (isCrisolError(error)) {
    const { parts } = error;
    // raised by crisol on behalf of a stage's own function that threw: a filter's `keep`
    return parts.code === "STAGE_FAILED" && thrownAt !== undefined ? { ...parts, where: `${parts.where}, ${thrownAt}` } : parts;
  }
  if (stopped) {
    return {
      code: "CANCELED",
      what: "the stage was stopped",
      where,
      why: "the run was cancelled, or its worker is shutting down",
      fix: "resume the run",
    };
  }
  const message = error instanceof Error ? `${String(error.name)}: ${error.message}` : inspect(error);
  const documents = lastRead.map((source) => `last document read: ${source}`);
  const place = [where, ...documents, thrownAt].filter((part) => part !== undefined).join(", ");
  const storage = storageCodeOf(error);
  if (storage !== undefined) {
    return {
      code: storage,
      what: `the stage could not write: ${message}`,
      where: place,
      why: "the stage produced no output; nothing half-written was kept",
      fix: "free space on that disk, or make it writable, then `crisol resume`; a stage's scratch folder is in the home",
    };
  }
  if (isRefusedMemory(error)) {
    return {
      code: "OUT_OF_MEMORY",
      what: `the stage asked for more memory than there is: ${message}`,
      where: place,
      why: "the stage produced no output",
      fix: "let the stage hold less in memory at a time, or raise the limit of this machine or container",
    };
  }
  return {
    code: "STAGE_FAILED",
    what: `the stage's code threw ${message}`,
    where: place,
    why: "the stage produced no output, and the same code would throw again",
    fix: "fix the stage's code, then `crisol resume`; `crisol logs` shows the stack",
  };
}

/** The code for a disk that is full or can't be written; a path that the stage may not write, or that is invalid, is the stage's own mistake. */
function storageCodeOf(error: unknown): "STORE_FULL" | "STORE_UNWRITABLE" | undefined {
  const isOwnMistake = ["EACCES", "EPERM", "ENOTDIR", "EFBIG"].includes(systemCode(error) ?? "");
  return isOwnMistake ? undefined : storeCodeOf(error);
}

/** Whether the system refused memory outside the heap (buffers, WebAssembly); V8 says so only in the error's message. */
function isRefusedMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && error.code === "ERR_MEMORY_ALLOCATION_FAILED") return true;
  return error instanceof RangeError && /allocation failed|could not allocate memory/i.test(error.message);
}
