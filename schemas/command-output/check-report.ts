import { z } from "zod";
import { Issue } from "../issue.ts";

/** A message of the compiler. */
const Diagnostic = z.strictObject({
  /** Relative to the project's folder, if it is below it. */
  file: z.string(),
  line: z.int(),
  column: z.int(),
  /** "TS2345". */
  code: z.string(),
  message: z.string(),
  /** The line of source that it is about. */
  source: z.string(),
});

/** The answer of `check --json`. */
export const CheckReport = z.strictObject({
  /** The pipeline's file. */
  pipeline: z.string(),
  issues: z.array(Issue).readonly(),
  tsc: z.array(Diagnostic).readonly(),
});
export type CheckReport = z.output<typeof CheckReport>;
