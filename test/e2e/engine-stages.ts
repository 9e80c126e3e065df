/** The text of a project's stages whose behaviour the test controls by files: they wait, fail, crash, or reject. */
export const stagesFile = `
import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { defineStage, output, port, z } from "crisol";

export const numbers = defineStage(import.meta, {
  name: "numbers",
  inputs: { from: port("files") },
  outputs: { numbers: output("report") },
  params: z.strictObject({}),
  async run(context) {
    const texts = await Promise.all(context.inputs.from.manifest.files.map(({ path }) => context.inputs.from.text(path)));
    await context.outputs.numbers.write("numbers.json", JSON.stringify(texts.join(" ").trim().split(/\\s+/).map(Number)));
    return { out: 1 };
  },
});

export const square = defineStage(import.meta, {
  name: "square",
  inputs: { numbers: port("report") },
  outputs: { numbers: output("report") },
  params: z.strictObject({ how: z.enum(["well", "throws", "crashes-once", "leaks", "writes-nothing", "waits"]).default("well"), flag: z.string().default("") }),
  resources: { memory: "128 MiB", attempts: 2 },
  async run(context, { how, flag }) {
    if (how === "throws") throw new RangeError("no square today");
    if (how === "crashes-once" && !existsSync(flag)) {
      (await import("node:fs")).writeFileSync(flag, "");
      process.kill(process.pid, "SIGKILL");
    }
    if (how === "leaks") for (const kept: number[][] = []; ; ) kept.push(Array.from({ length: 100_000 }, Math.random));
    if (how === "writes-nothing") return {};
    if (how === "waits") await setTimeout(60_000, undefined, { signal: context.signal });
    const numbers = JSON.parse(await context.inputs.numbers.text("numbers.json")) as number[];
    await context.outputs.numbers.write("numbers.json", JSON.stringify(numbers.map((n) => n * n)));
    return { in: 1, out: 1 };
  },
});

export const sum = defineStage(import.meta, {
  name: "sum",
  inputs: { a: port("report"), b: port("report") },
  outputs: { report: output("report") },
  params: z.strictObject({}),
  async run(context) {
    const [a, b] = await Promise.all([context.inputs.a, context.inputs.b].map(async (input) => JSON.parse(await input.text("numbers.json")) as number[]));
    await context.outputs.report.write("report.json", JSON.stringify({ sum: [...(a ?? []), ...(b ?? [])].reduce((x, y) => x + y, 0) }));
    return { in: 2, out: 1 };
  },
});
`;

/** A pipeline over them: numbers -> square and squareAgain, side by side -> sum. */
export const pipelineFile = `
import { definePipeline, files, z } from "crisol";
import { numbers, square, sum } from "../stages/arithmetic.ts";

export default definePipeline({
  name: "arithmetic",
  params: z.object({
    how: z.enum(["well", "throws", "crashes-once", "leaks", "writes-nothing", "waits"]).default("well"),
    flag: z.string().default(""),
  }),
  build({ how, flag }) {
    const read = numbers(files("data/*.txt"));
    const squared = square(read, { how, flag });
    const again = square(read, { as: "squareAgain", flag: "its key is another" });
    return { report: sum({ a: squared, b: again }) };
  },
});
`;
