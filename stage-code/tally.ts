/** Counting what a stage read, wrote and dropped, with a few examples of each reason. */

import type { StageReport } from "../schemas/record.ts";
import { EXAMPLES_KEPT, WARNINGS_KEPT } from "./merge-reports.ts";

type Example = NonNullable<StageReport["examples"]>[string][number];

/** With more reasons than this they are no longer categories. */
export const mostReasons = 100;

/** The counts of a stage under way, and the report built from them. */
export class Tally {
  in = 0;
  out = 0;
  /** By reason; without a prototype, because a reason may be any text. */
  readonly dropped: Record<string, number> = Object.create(null);
  readonly examples: Record<string, Example[]> = Object.create(null);
  #warnings = 0;
  readonly #firstWarnings: string[] = [];

  /** Count a record dropped for `reason`; the first few of each reason are kept as examples. */
  drop(reason: string, where: string, what: string): void {
    this.dropped[reason] = (this.dropped[reason] ?? 0) + 1;
    this.examples[reason] ??= [];
    const examples = this.examples[reason];
    if (examples.length < EXAMPLES_KEPT) examples.push({ where, what: shorten(what) });
  }

  /** Add a warning for people to read; the first twenty are kept. */
  warn(message: string): void {
    this.#warnings += 1;
    if (this.#firstWarnings.length < WARNINGS_KEPT) this.#firstWarnings.push(message);
  }

  /** Records dropped, for any reason. */
  get bad(): number {
    return Object.values(this.dropped).reduce((sum, count) => sum + count, 0);
  }

  /** The report that the stage returns; `metrics` are the stage's own figures. */
  report(metrics?: NonNullable<StageReport["metrics"]>): StageReport {
    const { in: read, out, dropped, examples } = this;
    const omitted = this.#warnings - this.#firstWarnings.length;
    const warnings = omitted > 0 ? [...this.#firstWarnings, `and ${omitted} more`] : this.#firstWarnings;
    return {
      in: read,
      out,
      dropped: { ...dropped },
      examples: { ...examples },
      ...(metrics === undefined ? {} : { metrics }),
      ...(warnings.length > 0 ? { warnings } : {}),
    };
  }
}

/** A text as an example shows it: on one line, control characters escaped, at most 120 characters. */
export function shorten(text: string): string {
  const line = text
    .slice(0, 200)
    .toWellFormed()
    .replace(/\s+/g, " ")
    .replace(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return line.length > 120 || text.length > 200 ? `${line.slice(0, 119).toWellFormed()}…` : line;
}
