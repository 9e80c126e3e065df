/** Counting what a stage read, wrote and dropped, with a few examples of each reason. */
import { EXAMPLES_KEPT, WARNINGS_KEPT } from "../schemas/merge-reports.ts";
import type { StageReport } from "../schemas/record.ts";

type Example = NonNullable<StageReport["examples"]>[string][number];

/** More reasons than this are no categories. */
export const mostReasons = 100;

/** The counts of a stage under way, and the report made from them. */
export class Tally {
  in = 0;
  out = 0;
  /** By reason; without a prototype, for reasons may be any text. */
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

  /** Tell something that people should know; the first twenty are kept. */
  warn(message: string): void {
    this.#warnings += 1;
    if (this.#firstWarnings.length < WARNINGS_KEPT) this.#firstWarnings.push(message);
  }

  /** Records dropped, for any reason. */
  get bad(): number {
    return Object.values(this.dropped).reduce((sum, count) => sum + count, 0);
  }

  /** What the stage returns; `metrics` are figures of its own. */
  report(metrics?: NonNullable<StageReport["metrics"]>): StageReport {
    const { in: read, out, dropped, examples } = this;
    const unsaid = this.#warnings - this.#firstWarnings.length;
    const warnings = unsaid > 0 ? [...this.#firstWarnings, `and ${unsaid} more`] : this.#firstWarnings;
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
