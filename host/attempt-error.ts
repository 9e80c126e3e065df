import { inspect } from "node:util";
import { type ErrorParts, isCrisolError } from "../schemas/error.ts";
import { storeCodeOf, systemCode } from "../store/file-errors.ts";

/** What is known of an attempt that threw. */
interface ThrownIn {
  readonly where: string;
  /** The place in its code. */
  readonly thrownAt: string | undefined;
  /** The source of each document that it was at. */
  readonly lastRead: readonly string[];
  readonly stopped: boolean;
}

/** What an attempt threw, in four parts. */
export function attemptError(error: unknown, { where, thrownAt, lastRead, stopped }: ThrownIn): ErrorParts {
  if (isCrisolError(error)) {
    const { parts } = error;
    // what crisol says for a stage's own function that threw: a filter's `keep`
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
      why: "the stage's output was not made; nothing half-written was kept",
      fix: "free space on that disk, or make it one that can be written, then `crisol resume`; a stage's scratch folder lies in the home",
    };
  }
  if (isRefusedMemory(error)) {
    return {
      code: "OUT_OF_MEMORY",
      what: `the stage asked for more memory than there is: ${message}`,
      where: place,
      why: "the stage's output was not made",
      fix: "let the stage hold less at a time, or raise the limit of this machine or container",
    };
  }
  return {
    code: "STAGE_FAILED",
    what: `the stage's code threw ${message}`,
    where: place,
    why: "the stage's output was not made, and the same code would throw again",
    fix: "mend the stage's code, then `crisol resume`; `crisol logs` has the stack",
  };
}

/** A disk that is full, or can't be written; what a stage may not write, or a path that is none, is a mistake of its own. */
function storageCodeOf(error: unknown): "STORE_FULL" | "STORE_UNWRITABLE" | undefined {
  const isOwnMistake = ["EACCES", "EPERM", "ENOTDIR", "EFBIG"].includes(systemCode(error) ?? "");
  return isOwnMistake ? undefined : storeCodeOf(error);
}

/** Memory outside of the heap (buffers, WebAssembly) that the system did not give; V8 tells it by words alone. */
function isRefusedMemory(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && error.code === "ERR_MEMORY_ALLOCATION_FAILED") return true;
  return error instanceof RangeError && /allocation failed|could not allocate memory/i.test(error.message);
}
