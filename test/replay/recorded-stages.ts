/** The text of the stages whose runs are recorded: a parameter decides what they do, and a file that may exist. */
export const stagesFile = `
import { existsSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { CrisolError, defineStage, output, port, z } from "crisol";

const params = z.strictObject({ how: z.string().default("well"), flag: z.string().default(""), n: z.int().default(0) });

/** Behave as the parameters say; "until" means: as long as the file is not there. */
async function behave({ signal }, { how, flag }) {
  if (how === "throws until" && !existsSync(flag)) throw new RangeError("not today");
  if (how === "rejects") throw new CrisolError({ code: "REJECTED", what: "too low", where: "here", why: "it must be higher", fix: "none" });
  if (how === "crashes until" && !existsSync(flag)) {
    writeFileSync(flag, "");
    process.kill(process.pid, "SIGKILL");
  }
  while (how === "waits until" && !existsSync(flag)) await setTimeout(50, undefined, { signal });
}

export const first = defineStage(import.meta, {
  name: "first",
  inputs: {},
  outputs: { report: output("report") },
  params,
  async run(context, params) {
    await behave(context, params);
    await context.outputs.report.write("report.json", JSON.stringify(params));
    return { out: 1 };
  },
});

export const other = defineStage(import.meta, {
  name: "other",
  inputs: {},
  outputs: { report: output("report") },
  params: z.strictObject({ flag: z.string() }),
  async run(context, params) {
    await context.outputs.report.write("report.json", JSON.stringify(params));
    return { out: 1 };
  },
});

export const step = defineStage(import.meta, {
  name: "step",
  inputs: { after: port("report") },
  outputs: { report: output("report") },
  params,
  async run(context, params) {
    await behave(context, params);
    await context.outputs.report.write("report.json", await context.inputs.after.text("report.json") + params.n);
    return { in: 1, out: 1 };
  },
});

export const join = defineStage(import.meta, {
  name: "join",
  inputs: { a: port("report"), b: port("report") },
  outputs: { report: output("report") },
  params: z.strictObject({}),
  async run(context) {
    const [a, b] = await Promise.all([context.inputs.a.text("report.json"), context.inputs.b.text("report.json")]);
    await context.outputs.report.write("report.json", a + b);
    return { in: 2, out: 1 };
  },
});

/** One shard for each file: each takes a moment, so that they are more than one activity's work. One of them behaves as the parameters say. */
export const each = defineStage(import.meta, {
  name: "each",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  params: z.strictObject({ how: z.string(), flag: z.string(), size: z.int().default(1) }),
  map: "from",
  shardBytes: "size",
  async run(context, params) {
    await setTimeout(500, undefined, { signal: context.signal });
    const [file] = context.inputs.from.manifest.files;
    if ((await context.inputs.from.text(file.path)) === "as told") await behave(context, params);
    return { in: 1 };
  },
  async reduce(context, parts) {
    await context.outputs.report.write("report.json", JSON.stringify(parts.length));
    return { in: parts.length };
  },
});
`;

/** A pipeline of one of several shapes over them. */
export const pipelineFile = `
import { definePipeline, files, z } from "crisol";
import { each, first, join, other, step } from "../stages/recorded.ts";

export default definePipeline({
  name: "recorded",
  params: z.object({ shape: z.string(), how: z.string().default("well"), flag: z.string() }),
  build({ shape, how, flag }) {
    if (shape === "over shards") return { report: each(files("data/*.txt"), { how, flag }) };
    const begin = first({ flag });
    if (shape === "two roots") return { report: join({ a: begin, b: other({ flag }) }) };
    const one = (n: number, after = begin) => step(after, { as: "step-" + n, n, flag });
    if (shape === "chain") {
      let last = begin;
      for (let n = 0; n < 80; n += 1) last = one(n, last);
      return { report: last };
    }
    if (shape === "independent") return Object.fromEntries(Array.from({ length: 200 }, (_, n) => ["report-" + n, one(n)]));
    const work = step(begin, { as: "work", how, flag });
    if (shape === "diamond") return { report: join({ a: work, b: one(1) }) };
    // "work" is the first of four, of which two go to a worker together
    return { report: join({ a: work, b: begin }), ...Object.fromEntries([1, 2, 3].map((n) => ["report-" + n, one(n)])) };
  },
});
`;
