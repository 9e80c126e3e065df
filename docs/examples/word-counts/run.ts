import type { Run } from "crisol";
import type { wordCounts } from "./stage.ts";

export const run: Run<typeof wordCounts> = async (context, { top }) => {
  const counts = new Map<string, number>();
  let read = 0;
  for await (const { text } of context.inputs.documents.documents()) {
    for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1);
    context.progress({ done: ++read, unit: "documents" });
  }
  const words = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, top);
  await context.outputs.report.write("report.json", JSON.stringify({ words }));
  return { in: read, metrics: { words: counts.size } };
};
