import type { StageReport } from "../schemas/record.ts";

/** Examples of each reason, and warnings, that the report of a whole keeps. */
const EXAMPLES = 5;
const WARNINGS = 20;

/** The reports of a stage's shards as one: counts summed, a few examples of each reason; figures, which can't be summed without knowing what they are, are left out. */
export function mergeReports(reports: readonly StageReport[]): StageReport {
  const dropped: Record<string, number> = Object.create(null);
  const examples: NonNullable<StageReport["examples"]> = Object.create(null);
  for (const report of reports) {
    for (const [reason, count] of Object.entries(report.dropped ?? {})) dropped[reason] = (dropped[reason] ?? 0) + count;
    for (const [reason, some] of Object.entries(report.examples ?? {})) {
      examples[reason] = [...(examples[reason] ?? []), ...some].slice(0, EXAMPLES);
    }
  }
  const warnings = reports.flatMap((report) => report.warnings ?? []);
  const told = warnings.length > WARNINGS ? [...warnings.slice(0, WARNINGS), `and ${warnings.length - WARNINGS} more`] : warnings;
  return {
    ...sum("in", reports),
    ...sum("out", reports),
    ...(Object.keys(dropped).length === 0 ? {} : { dropped: { ...dropped } }),
    ...(Object.keys(examples).length === 0 ? {} : { examples: { ...examples } }),
    ...(told.length === 0 ? {} : { warnings: told }),
  };
}

function sum(name: "in" | "out", reports: readonly StageReport[]): StageReport {
  const counts = reports.flatMap((report) => report[name] ?? []);
  return counts.length === 0 ? {} : { [name]: counts.reduce((total, count) => total + count, 0) };
}
