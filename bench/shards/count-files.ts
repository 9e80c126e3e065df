import { definePipeline, defineStage, files, output, port, z } from "crisol";

/** Files, one per shard, of which nothing is read. */
export const countFiles = defineStage(import.meta, {
  name: "countFiles",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  params: z.strictObject({ label: z.string(), size: z.int().default(1) }),
  map: "from",
  shardBytes: "size",
  async run(context) {
    return { in: context.inputs.from.manifest.files.length };
  },
  async reduce(context, parts) {
    const total = parts.reduce((sum, { report }) => sum + (report.in ?? 0), 0);
    await context.outputs.report.write("report.json", JSON.stringify({ total }));
    return { in: total, out: 1 };
  },
});

/** A pipeline of that stage alone. */
export const countingFiles = definePipeline({
  name: "counting-files",
  params: z.object({ label: z.string() }),
  build: ({ label }) => ({ report: countFiles(files("data/*"), { label }) }),
});
