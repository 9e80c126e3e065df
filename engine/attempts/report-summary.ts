import type { StageReport } from "../../schemas/record.ts";

/** Reasons that are named in a summary. */
const NAMED = 3;

/** A report in a line, for people who watch a run: "233 in, 230 out, dropped 3: too short 2, empty 1", or its headline; nothing where nothing was counted. */
export function summaryOf(report: StageReport): { readonly summary?: string } {
  if (report.headline !== undefined) return { summary: report.headline };
  const dropped = Object.entries(report.dropped ?? {})
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
  const total = dropped.reduce((sum, [, count]) => sum + count, 0);
  const named = dropped.slice(0, NAMED).map(([reason, count]) => `${reason} ${count}`);
  const parts = [
    ...(report.in === undefined ? [] : [`${grouped(report.in)} in`]),
    ...(report.out === undefined ? [] : [`${grouped(report.out)} out`]),
    ...(total === 0 ? [] : [`dropped ${grouped(total)}: ${named.join(", ")}${dropped.length > NAMED ? ", ..." : ""}`]),
  ];
  return parts.length === 0 ? {} : { summary: parts.join(", ").slice(0, 200) };
}

/** "1,234": as the system's own formatter writes it, but that one's first call takes longer than many stages do. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
