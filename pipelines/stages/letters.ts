/** A kind of artifact of your own, a stage that produces it shard by shard, and one that reads it. */
import { defineKind, defineStage, output, port, z } from "crisol";

const Counts = z.record(z.string(), z.int());

/** How often each letter occurs: a file for each shard of the documents that were counted. */
export const letterCounts = defineKind({
  name: "letterCounts",
  shards: "counts",
  shown: "the counts of {letters} letters in {documents} documents",
});

export const countLetters = defineStage(import.meta, {
  name: "countLetters",
  summary: "count the letters of documents",
  inputs: { documents: port("documents") },
  outputs: { counts: output(letterCounts, { from: "documents" }) },
  map: "documents",
  async run(context) {
    const { counts } = context.outputs;
    const found: Record<string, number> = {};
    const read = { documents: 0, letters: 0 };
    for await (const { text } of context.inputs.documents.documents()) {
      for (const [letter] of text.toLowerCase().matchAll(/\p{L}/gu)) {
        found[letter] = (found[letter] ?? 0) + 1;
        read.letters += 1;
      }
      read.documents += 1;
    }
    await counts.write("counts/00000.json", JSON.stringify(found));
    for (const [name, value] of Object.entries(read)) counts.count(name, value);
    return { in: read.documents };
  },
});

export const commonLetters = defineStage(import.meta, {
  name: "commonLetters",
  summary: "list the letters that occur most",
  inputs: { counts: port(letterCounts, "sealed") },
  outputs: { report: output("report") },
  params: z.object({ top: z.int().positive().default(5) }),
  async run(context, { top }) {
    const { counts } = context.inputs;
    const total = new Map<string, number>();
    for (const { path } of counts.manifest.files) {
      for (const [letter, count] of Object.entries(Counts.parse(JSON.parse(await counts.text(path))))) {
        total.set(letter, (total.get(letter) ?? 0) + count);
      }
    }
    const letters = [...total].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).slice(0, top);
    await context.outputs.report.write("report.json", JSON.stringify({ letters }));
    return { headline: `most common: ${letters.map(([letter]) => letter).join(", ")}` };
  },
});
