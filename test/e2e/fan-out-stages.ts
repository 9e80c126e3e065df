/** The text of a project whose stages map over shards, one for each of its files, and whose behaviour the test controls by parameters and files. */
export const stagesFile = `
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { defineFilter, defineStage, output, port, z } from "crisol";

export const even = defineFilter(import.meta, {
  name: "even",
  keep: ({ meta }) => Number(meta.n) % 2 === 0 || "odd",
});

/** Says which document it is at, in a log; may take its time; and throws at documents that a file names. */
export const mark = defineStage(import.meta, {
  name: "mark",
  inputs: { documents: port("documents") },
  outputs: { documents: output("documents", { from: "documents" }) },
  params: z.strictObject({ log: z.string(), upTo: z.int().default(0), mark: z.string().default("!") }),
  map: "documents",
  async run(context, { log, upTo, mark }) {
    const writer = context.outputs.documents.documents();
    const sources: string[] = [];
    for await (const document of context.inputs.documents.documents()) {
      sources.push(document.source);
      appendFileSync(log, document.source + "\\n");
      if (existsSync(log + "." + document.meta.n)) throw new RangeError("no mark for " + document.source);
      await setTimeout(upTo * Math.random(), undefined, { signal: context.signal });
      await writer.write({ ...document, text: document.text + mark });
    }
    await writer.close();
    return { in: sources.length, out: sources.length, metrics: { sources } };
  },
});

export const letters = defineStage(import.meta, {
  name: "letters",
  inputs: { documents: port("documents") },
  outputs: { report: output("report") },
  params: z.strictObject({}),
  map: "documents",
  async run(context) {
    let letters = 0;
    for await (const { text } of context.inputs.documents.documents()) letters += text.length;
    return { in: 1, metrics: { letters } };
  },
  async reduce(context, parts) {
    const letters = parts.map(({ report }) => Number(report.metrics?.letters));
    await context.outputs.report.write("report.json", JSON.stringify({ letters, shards: parts.length }));
    return { in: parts.length, out: 1 };
  },
});

/** Does nothing, for each of many files. */
export const nothing = defineStage(import.meta, {
  name: "nothing",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  params: z.strictObject({ size: z.int().default(1) }),
  map: "from",
  shardBytes: "size",
  run: async (context) => ({ in: context.inputs.from.manifest.files.length }),
  async reduce(context, parts) {
    const files = parts.reduce((sum, { report }) => sum + (report.in ?? 0), 0);
    await context.outputs.report.write("report.json", JSON.stringify({ files, shards: parts.length }));
    return { in: files, out: 1 };
  },
});
`;

/** The pipelines over them. */
export const pipelines = {
  "pipelines/marks.ts": `
import { definePipeline, files, z } from "crisol";
import { clean, ingest, seal } from "crisol/stages";
import { even, letters, mark } from "../stages/shards.ts";

export default definePipeline({
  name: "marks",
  params: z.object({ log: z.string(), upTo: z.int().default(0), mark: z.string().default("!") }),
  build({ log, upTo, mark: text }) {
    const raw = ingest({ from: files("data/*.jsonl"), meta: ["n"], shardSize: 1 });
    const kept = even(clean(seal(raw), { minLength: 1, minWords: 1, language: "none", repetition: false }));
    const marked = mark(kept, { log, upTo, mark: text });
    return { documents: marked, letters: letters(marked) };
  },
});
`,
  "pipelines/nothing.ts": `
import { definePipeline, files } from "crisol";
import { nothing } from "../stages/shards.ts";

export default definePipeline({ name: "nothing", build: () => ({ report: nothing(files("many/*")) }) });
`,
};

/** A file of the corpus: one even document, and an odd one. */
export function corpusFile(n: number): string {
  const line = (n: number) => JSON.stringify({ text: `El documento número ${n} dice algo propio, y nada más que eso.`, n });
  return `${line(2 * n)}\n${line(2 * n + 1)}\n`;
}
