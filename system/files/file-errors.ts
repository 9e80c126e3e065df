import { CrisolError } from "../../schemas/error.ts";

/** The `code` of a system error ("ENOENT"), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The result of an attempt, or undefined when the file does not exist. */
export async function unlessMissing<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * Run an attempt to write into the store, and turn the system's errors into crisol errors.
 *
 * @throws CrisolError STORE_FULL when the disk or a quota is full, STORE_UNWRITABLE when the store may not be written; other errors as they are.
 */
export async function writing<T>(where: string, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    throw storeError(error, where);
  }
}

/** The code for a system error that means that the store is full or may not be written; undefined for all others. */
export function storeCodeOf(error: unknown): "STORE_FULL" | "STORE_UNWRITABLE" | undefined {
  switch (systemCode(error) ?? "") {
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return "STORE_FULL";
    case "EACCES":
    case "EPERM":
    case "EROFS":
    case "ENOTDIR":
      return "STORE_UNWRITABLE";
    default:
      return undefined;
  }
}

function storeError(error: unknown, where: string): unknown {
  switch (storeCodeOf(error)) {
    case "STORE_FULL":
      return new CrisolError(
        {
          code: "STORE_FULL",
          what: "the store's disk is full",
          where,
          why: "nothing half-written was kept, and what was already in the store is whole, but no stage can finish",
          fix: "free space on that disk (`crisol gc` frees what no run needs) or move the home with --home, then `crisol resume`",
        },
        { cause: error },
      );
    case "STORE_UNWRITABLE":
      return new CrisolError(
        {
          code: "STORE_UNWRITABLE",
          what: "the store cannot be written to",
          where,
          why: "every result is stored there, so no stage can finish",
          fix: "make it a folder that this user may write, or choose another one with --home, then `crisol resume`",
        },
        { cause: error },
      );
    case undefined:
      return error;
  }
}
