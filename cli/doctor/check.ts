import { isCrisolError } from "../../schemas/error.ts";

/** What doctor found of one thing that crisol needs. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What is there, or what is wrong. */
  readonly detail: string;
  /** How to mend it; empty when nothing is to be mended. */
  readonly fix: string;
}

export function passed(name: string, detail: string): Check {
  return { name, ok: true, detail, fix: "" };
}

export function failed(name: string, detail: string, fix: string): Check {
  return { name, ok: false, detail, fix };
}

/** Run a check that tells what is there, or throws; `fix` is for errors that bring none of their own. */
export async function checking(name: string, fix: string, check: () => Promise<string>): Promise<Check> {
  try {
    return passed(name, await check());
  } catch (error) {
    if (isCrisolError(error)) return failed(name, `${error.parts.what} (${error.parts.where})`, error.parts.fix);
    return failed(name, error instanceof Error ? error.message : String(error), fix);
  }
}
