/** Mistakes in pipelines, and what people are told: each is a file in `cases/`. docs/language.md is made from this table. */

/** A message of tsc's: the line it stands at, its code and its text. */
export interface SaidByTsc {
  readonly line: number;
  readonly text: string;
}

/** An issue of compile's, without its place in the file. */
export interface SaidByCompile {
  readonly at: string;
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

/** A mistake. */
export interface Mistake {
  readonly file: string;
  readonly title: string;
  readonly tsc: readonly SaidByTsc[];
  readonly issues: readonly SaidByCompile[];
  /** How often it is compiled until it shows. @default 1 */
  readonly builds?: number;
}

export const mistakes: readonly Mistake[] = [];
