import type { ErrorParts } from "../../schemas/error.ts";

/** Characters in each part of an error: it travels to the Temporal server and back, which accepts no message above 4 MB. */
const PART_LIMIT_CHARACTERS = 4_000;
/** Characters in a log line: a journal is read whole. */
export const LINE_LIMIT = 64_000;

/**
 * A text cut to `limit` characters, with a note on how many are missing.
 *
 * @param missing characters that were cut off before
 */
export function bounded(text: string, limit: number, missing = 0): string {
  const more = Math.max(0, text.length - limit) + missing;
  return more === 0 ? text : `${text.slice(0, limit)} ... (${more} characters more)`;
}

/** A log line, cut to the length that is stored. */
export function boundedLine(text: string, missing = 0): string {
  return bounded(text, LINE_LIMIT, missing);
}

/** An error's parts, cut to the length that is reported: whatever a stage threw, the run must be able to report it. */
export function boundedParts(parts: ErrorParts): ErrorParts {
  const part = (text: string) => bounded(text, PART_LIMIT_CHARACTERS);
  return { ...parts, what: part(parts.what), where: part(parts.where), why: part(parts.why), fix: part(parts.fix) };
}
