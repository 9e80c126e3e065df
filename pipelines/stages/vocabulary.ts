/** A stage that counts the words of each shard separately, and then adds up the counts. */
import { defineStage, output, port, z } from "crisol";

const Counts = z.array(z.tuple([z.string(), z.int()]));

export const vocabulary = defineStage(import.meta, {
  name: "vocabulary",
  summary: "count the words of documents",
  inputs: { documents: port("documents") },
  outputs: { report: output("report") },
  params: z.object({ top: z.int().positive().default(20) }),
  map: "documents",

  // once for each shard: `documents` is that shard, and the report its part of the report
  async run(context) {
    const counts = new Map<string, number>();
    let read = 0;
    for await (const { text } of context.inputs.documents.documents()) {
      for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1);
      read += 1;
    }
    await context.outputs.report.write("counts.json", JSON.stringify([...counts]));
    return { in: read };
  },

  // once, when every shard is done
  async reduce(context, parts, { top }) {
    const total = new Map<string, number>();
    for (const { outputs } of parts) {
      const counts = Counts.parse(JSON.parse(await outputs.report.text("counts.json")));
      for (const [word, count] of counts) total.set(word, (total.get(word) ?? 0) + count);
    }
    const words = [...total].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, top);
    await context.outputs.report.write("report.json", JSON.stringify({ words }));
    return { in: parts.reduce((sum, { report }) => sum + (report.in ?? 0), 0), metrics: { words: total.size } };
  },
});
