import { definePipeline, defineStage, output, port, z } from "crisol";

/** The first number. */
export const begin = defineStage(import.meta, {
  name: "begin",
  inputs: {},
  outputs: { number: output("report") },
  params: z.strictObject({ n: z.int() }),
  async run(context, { n }) {
    await context.outputs.number.write("report.json", JSON.stringify({ n }));
    return { out: 1 };
  },
});

/** One more. */
export const increment = defineStage(import.meta, {
  name: "increment",
  inputs: { number: port("report") },
  outputs: { number: output("report") },
  params: z.strictObject({}),
  async run(context) {
    const { n } = JSON.parse(await context.inputs.number.text("report.json")) as { n: number };
    await context.outputs.number.write("report.json", JSON.stringify({ n: n + 1 }));
    return { in: 1, out: 1 };
  },
});

/** A pipeline of a number of sequential stages that do next to nothing. */
export function increments(steps: number) {
  return definePipeline({
    name: `increments-${steps}`,
    params: z.object({ start: z.int() }),
    build({ start }) {
      let number = begin({ n: start });
      for (let step = 1; step < steps; step += 1) number = increment(number, { as: `increment-${step}` });
      return { number };
    },
  });
}
