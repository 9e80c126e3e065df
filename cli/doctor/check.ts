import { isCrisolError } from "../../schemas/error.ts";

/** The result of checking one thing that crisol needs. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, or what is wrong. */
  readonly detail: string;
  /** How to fix it; empty if nothing is wrong. */
  readonly fix: string;
}

export function passed(name: string, detail: string): Check {
  return { name, ok: true, detail, fix: "" };
}

export function failed(name: string, detail: string, fix: string): Check {
  return { name, ok: false, detail, fix };
}

/** Run a check that returns what it found, or throws; `fix` is for errors that have none themselves. */
export async function checking(name: string, fix: string, check: () => Promise<string>): Promise<Check> {
  try {
    return passed(name, await check());
  } catch (error) {
    if (isCrisolError(error)) return failed(name, `${error.parts.what} (${error.parts.where})`, error.parts.fix);
    return failed(name, error instanceof Error ? error.message : String(error), fix);
  }
}
