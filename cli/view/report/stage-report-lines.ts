import type { StageReport } from "../../../schemas/record.ts";
import { count } from "../../../system/text/figures.ts";
import { dim } from "../../../system/text/styles.ts";

/** Characters shown of an example, and of a figure. */
const SHOWN = 120;

/** The report of a stage as lines: records in and out, the reasons for dropping some with examples, figures, warnings. */
export function reportLines({ in: read, out, dropped = {}, examples = {}, metrics = {}, warnings = [] }: StageReport): string[] {
  const flow = [...(read === undefined ? [] : [`${count(read)} in`]), ...(out === undefined ? [] : [`${count(out)} out`])];
  return [
    ...(flow.length === 0 ? [] : [flow.join(", ")]),
    ...Object.entries(dropped)
      .filter(([, number]) => number > 0)
      .sort(([, a], [, b]) => b - a)
      .flatMap(([reason, number]) => [
        `dropped ${count(number)}: ${reason}`,
        ...(examples[reason] ?? []).map(({ where, what }) => dim(`  ${where}: ${short(what)}`)),
      ]),
    ...Object.entries(metrics).map(([name, value]) => `${name} ${short(JSON.stringify(value))}`),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
}

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length <= SHOWN ? line : `${line.slice(0, SHOWN - 1)}…`;
}
