import type { StageReport } from "../schemas/record.ts";

/** How many examples of each reason, and how many warnings, a report keeps. */
export const EXAMPLES_KEPT = 5;
export const WARNINGS_KEPT = 20;

/**
 * Merge the reports of a stage's shards: counts summed, the first examples of each reason, the first warnings.
 *
 * Figures (`metrics`, `headline`) are left out: only the stage knows how to combine them.
 */
export function mergeReports(reports: readonly StageReport[]): StageReport {
  const dropped: Record<string, number> = Object.create(null);
  const examples: NonNullable<StageReport["examples"]> = Object.create(null);
  for (const report of reports) {
    for (const [reason, count] of Object.entries(report.dropped ?? {})) dropped[reason] = (dropped[reason] ?? 0) + count;
    for (const [reason, some] of Object.entries(report.examples ?? {})) {
      examples[reason] = [...(examples[reason] ?? []), ...some].slice(0, EXAMPLES_KEPT);
    }
  }
  const warnings = reports.flatMap((report) => report.warnings ?? []);
  return {
    ...sum("in", reports),
    ...sum("out", reports),
    ...(reports.some((report) => report.dropped) ? { dropped: { ...dropped } } : {}),
    ...(reports.some((report) => report.examples) ? { examples: { ...examples } } : {}),
    ...(warnings.length > 0 ? { warnings: firstWarnings(warnings) } : {}),
  };
}

/** The warnings that a report keeps: the first ones, and how many more there were. */
function firstWarnings(warnings: readonly string[]): string[] {
  const actual = warnings.filter((warning) => omittedBy(warning) === 0);
  const omitted = warnings.reduce((total, warning) => total + omittedBy(warning), Math.max(0, actual.length - WARNINGS_KEPT));
  return [...actual.slice(0, WARNINGS_KEPT), ...(omitted > 0 ? [`and ${omitted} more`] : [])];
}

/** How many omitted warnings this one stands for, if it is the last line of an earlier report. */
function omittedBy(warning: string): number {
  return Number(/^and (\d+) more$/.exec(warning)?.[1] ?? 0);
}

function sum(name: "in" | "out", reports: readonly StageReport[]): StageReport {
  const counts = reports.flatMap((report) => report[name] ?? []);
  return counts.length === 0 ? {} : { [name]: counts.reduce((total, count) => total + count, 0) };
}
