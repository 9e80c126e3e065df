import { setTimeout } from "node:timers/promises";
import { defineStage, output, port, z } from "crisol";
import { plusOne } from "./plus-one.ts";

/** The number after `n`. */
export const first = defineStage(import.meta, {
  name: "first",
  inputs: {},
  outputs: { number: output("report") },
  params: z.strictObject({ n: z.int(), seconds: z.number() }),
  async run(context, { n, seconds }) {
    if (seconds > 0) await setTimeout(seconds * 1000);
    await context.outputs.number.write("report.json", JSON.stringify({ n: plusOne(n) }));
    return { out: 1 };
  },
});

/** The number after the one before. */
export const next = defineStage(import.meta, {
  name: "next",
  inputs: { number: port("report") },
  outputs: { number: output("report") },
  params: z.strictObject({ seconds: z.number() }),
  async run(context, { seconds }) {
    if (seconds > 0) await setTimeout(seconds * 1000);
    const { n } = JSON.parse(await context.inputs.number.text("report.json")) as { n: number };
    await context.outputs.number.write("report.json", JSON.stringify({ n: plusOne(n) }));
    return { in: 1, out: 1 };
  },
});
