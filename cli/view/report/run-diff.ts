/** What `crisol plan --diff RUN` adds: how the plan compares with a run's. */
import type { NodeDiff, RunDiff } from "../../../schemas/command-output/plan-report.ts";
import { shortDigest } from "../../../schemas/digest.ts";
import { bold, dim, green, red, yellow } from "../../../system/text/styles.ts";

const marks = {
  same: dim("= same   "),
  changed: yellow("~ changed"),
  unknown: dim("○ unknown"),
  added: green("+ added  "),
  removed: red("- removed"),
} as const satisfies Record<NodeDiff["change"], string>;

/** The comparison as text: one line for each stage that differs from the run. */
export function renderRunDiff({ runId, planDigest, nodes }: RunDiff): string {
  const shown = nodes.filter(({ change, was }) => change !== "same" || was !== null);
  const width = Math.max(...shown.map(({ name }) => name.length), 0);
  const lines = shown.map(({ name, was, change, why }) => {
    const renamed = was === null ? [] : [`was ${was}`];
    return `  ${marks[change]} ${name.padEnd(width)}  ${[...renamed, ...(why === null ? [] : [why])].join("; ")}`.trimEnd();
  });
  const count = (change: NodeDiff["change"]) => nodes.filter((node) => node.change === change).length;
  const counts = (["same", "changed", "unknown", "added", "removed"] as const).flatMap((change) =>
    count(change) === 0 ? [] : [`${count(change)} ${change}`],
  );
  return [`${bold(`against run ${runId}`)}${dim(`  plan ${shortDigest(planDigest)}`)}`, ...lines, dim(counts.join(", "))].join("\n");
}
