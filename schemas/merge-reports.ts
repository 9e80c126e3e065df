import type { StageReport } from "./record.ts";

/** Examples of each reason, and warnings, that a report keeps. */
export const EXAMPLES_KEPT = 5;
export const WARNINGS_KEPT = 20;

/**
 * The reports of a stage's shards as one: counts summed, the first examples of each reason, the first warnings.
 *
 * Figures (`metrics`, `headline`) are left out: what they come to together, only the stage knows.
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

/** Warnings as a report keeps them: the first ones, and how many more there were. */
function firstWarnings(warnings: readonly string[]): string[] {
  const told = warnings.filter((warning) => unsaidBy(warning) === 0);
  const unsaid = warnings.reduce((total, warning) => total + unsaidBy(warning), Math.max(0, told.length - WARNINGS_KEPT));
  return [...told.slice(0, WARNINGS_KEPT), ...(unsaid > 0 ? [`and ${unsaid} more`] : [])];
}

/** How many warnings one stands for that a report before left unsaid. */
function unsaidBy(warning: string): number {
  return Number(/^and (\d+) more$/.exec(warning)?.[1] ?? 0);
}

function sum(name: "in" | "out", reports: readonly StageReport[]): StageReport {
  const counts = reports.flatMap((report) => report[name] ?? []);
  return counts.length === 0 ? {} : { [name]: counts.reduce((total, count) => total + count, 0) };
}
