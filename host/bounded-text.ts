import type { ErrorParts } from "../schemas/error.ts";

/** Characters of an error's part: it travels to the Temporal server and back, which takes no message above 4 MB. */
const PART_LIMIT_CHARACTERS = 4_000;
/** Characters of a log line: a journal is read whole. */
export const LINE_LIMIT = 64_000;

/**
 * A text of at most `limit` characters, its end said to be missing.
 *
 * @param missing characters that it had beyond those given
 */
export function bounded(text: string, limit: number, missing = 0): string {
  const more = Math.max(0, text.length - limit) + missing;
  return more === 0 ? text : `${text.slice(0, limit)} ... (${more} characters more)`;
}

/** A log line as it is kept. */
export function boundedLine(text: string, missing = 0): string {
  return bounded(text, LINE_LIMIT, missing);
}

/** An error's parts as they are told on: whatever a stage threw, the run must be able to say so. */
export function boundedParts(parts: ErrorParts): ErrorParts {
  const part = (text: string) => bounded(text, PART_LIMIT_CHARACTERS);
  return { ...parts, what: part(parts.what), where: part(parts.where), why: part(parts.why), fix: part(parts.fix) };
}
