import type { Figures } from "./measure.ts";

const columns = ["10 steps s", "50 steps s", "ms/step", "again, 50 s", "200 tasks s", "after the kill s", "a helper edited"] as const;

/** What crisol may need at most. */
export const aims: Figures = { ten: 0.6, fifty: 0.8, perStep: 4, again: 0.5, tasks: 0.8, afterKill: 7, edited: "right" };

/** A Markdown table of engines' figures; `undefined` for a row leaves it empty. */
export function table(rows: readonly (readonly [name: string, cells: readonly string[]])[]): string {
  const lines = [["", ...columns], columns.map(() => "---").toSpliced(0, 0, "---"), ...rows.map(([name, cells]) => [name, ...cells])];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`).join("\n");
}

export function cells({ ten, fifty, perStep, again, tasks, afterKill, edited }: Figures): string[] {
  return [seconds(ten), seconds(fifty), perStep.toFixed(1), seconds(again), seconds(tasks), seconds(afterKill), edited ?? "-"];
}

/** How many times as long the first takes as the second. */
export function ratios(of: Figures, to: Figures): string[] {
  const ratio = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined || a <= 0 || b <= 0 ? "-" : `${(a / b).toFixed(2)} x`;
  return [
    ratio(of.ten, to.ten),
    ratio(of.fifty, to.fifty),
    ratio(of.perStep, to.perStep),
    ratio(of.again, to.again),
    ratio(of.tasks, to.tasks),
    ratio(of.afterKill, to.afterKill),
    "",
  ];
}

function seconds(value: number | undefined): string {
  return value === undefined ? "-" : value.toFixed(2);
}
