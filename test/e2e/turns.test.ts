/** Several runs at once: none waits for another to end. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStore } from "../../store/store.ts";
import { makeProject, type Project } from "./project.ts";

const SHARDS = 400;
const files = {
  "stages/turns.ts": `
import { setTimeout } from "node:timers/promises";
import { defineStage, output, port, z } from "crisol";

export const long = defineStage(import.meta, {
  name: "long",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  params: z.strictObject({ size: z.int().default(1) }),
  map: "from",
  shardBytes: "size",
  async run(context) {
    await setTimeout(400, undefined, { signal: context.signal });
    return { in: 1 };
  },
  async reduce(context) {
    await context.outputs.report.write("report.json", "{}");
    return { in: 1, out: 1 };
  },
});

export const step = defineStage(import.meta, {
  name: "step",
  inputs: { from: port("report") },
  outputs: { report: output("report") },
  async run(context) {
    await context.outputs.report.write("report.json", await context.inputs.from.text("report.json") + "!");
    return {};
  },
});

export const first = defineStage(import.meta, {
  name: "first",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  async run(context) {
    await context.outputs.report.write("report.json", "{}");
    return {};
  },
});
`,
  "pipelines/long.ts": `
import { definePipeline, files } from "crisol";
import { long } from "../stages/turns.ts";
export default definePipeline({ name: "long", build: () => ({ report: long(files("many/*")) }) });
`,
  "pipelines/short.ts": `
import { definePipeline, files } from "crisol";
import { first, step } from "../stages/turns.ts";
export default definePipeline({
  name: "short",
  build: () => ({ report: step(step(first(files("many/000*")), { as: "second" }), { as: "third" }) }),
});
`,
  ...Object.fromEntries(Array.from({ length: SHARDS }, (_, n) => [`many/${String(n).padStart(3, "0")}`, String(n)])),
};

let project: Project;
beforeAll(async () => {
  project = await makeProject(files);
});
afterAll(() => project.remove());

/** How many shards of the long run are done. */
async function shardsDone(runId: string): Promise<number> {
  const { runs } = await openStore({ directory: `${project.home}/store` });
  let done = 0;
  for await (const event of runs.events(runId)) if (event.type === "progress") done = event.progress.done;
  return done;
}

it("a run of a few stages ends while an earlier one over many shards is still at its first ones", async () => {
  const runId = String((await project.json("run", "long", "--detach")).values[0]?.runId);
  await expect.poll(() => shardsDone(runId), { timeout: 60_000, interval: 50 }).toBeGreaterThan(4);
  const short = await project.json("run", "short");
  const done = await shardsDone(runId);
  expect([short.code, short.values.at(-1)]).toMatchObject([0, { status: "completed" }]);
  // without turns it waits for nearly all; the rest is room for a slow machine
  expect(done).toBeLessThan(SHARDS / 2);
  expect((await project.json("cancel", runId)).code).toBe(0);
}, 120_000);
