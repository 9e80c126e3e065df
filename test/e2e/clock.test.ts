/** The clocks of crisol's processes are set forward and back by hours while a run is under way: nothing counts as late, lost, or done. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeProject, type Project } from "./project.ts";

const hour = 3_600_000;
const preload = fileURLToPath(new URL("../fixtures/moved-clock.ts", import.meta.url));

const stages = `
import { setTimeout } from "node:timers/promises";
import { defineStage, output, port, z } from "crisol";

export const count = defineStage(import.meta, {
  name: "count",
  inputs: {},
  outputs: { report: output("report") },
  params: z.strictObject({}),
  async run(context) {
    const began = new Date().getTime();
    const seen = new Set<number>();
    for (let done = 0; done < 80; done += 1) {
      context.progress({ done, total: 80, unit: "steps" });
      seen.add(Math.round((Date.now() - began) / 3_600_000));
      if (done % 20 === 0) await context.checkpoints.save({ done }, done + 1);
      await setTimeout(100);
    }
    context.log("info", "hours seen: " + [...seen].join(" "));
    await context.outputs.report.write("report.json", JSON.stringify({ count: 80 }));
    return { out: 1 };
  },
});

export const copy = defineStage(import.meta, {
  name: "copy",
  inputs: { report: port("report") },
  outputs: { report: output("report") },
  params: z.strictObject({}),
  async run(context) {
    await context.outputs.report.write("report.json", await context.inputs.report.text("report.json"));
    return { in: 1, out: 1 };
  },
});
`;

const pipeline = `
import { definePipeline, z } from "crisol";
import { copy, count } from "../stages/count.ts";

export default definePipeline({ name: "counting", params: z.object({}), build: () => ({ report: copy(count({})) }) });
`;

let project: Project;
let clock: string;

beforeAll(async () => {
  project = await makeProject({ "stages/count.ts": stages, "pipelines/counting.ts": pipeline });
  clock = join(project.folder, "clock");
  await writeFile(clock, "0");
});
afterAll(() => project.remove());

it("a clock that jumps while a stage is at work changes nothing", async () => {
  const variables = { NODE_OPTIONS: `--import=${preload}`, MOVED_CLOCK: clock };
  const run = project.with(variables, "run", "counting", "--json");
  const state = async () => (await project.json("status")).values[0] as { stages?: { status: string }[]; status: string } | undefined;
  await expect.poll(async () => (await state())?.stages?.[0]?.status, { timeout: 60_000 }).toBe("running");
  for (const hours of [5, -5, 0]) {
    await sleep(1_500);
    await writeFile(clock, String(hours * hour));
  }
  expect((await run).code).toBe(0);
  expect(await state()).toMatchObject({
    status: "completed",
    stages: [
      { name: "count", status: "done", attempts: 1, cached: false },
      { name: "copy", status: "done", attempts: 1, cached: false },
    ],
  });
  // the stage's own process has seen the jumps
  const said = (await project.json("logs")).values.map(({ message }) => String(message));
  expect(said).toContainEqual(expect.stringMatching(/^hours seen: 0 5 -5 0$|^hours seen: 0 5 -5$/));
  expect(JSON.parse(await readFile(join(project.home, "services.json"), "utf8"))).toMatchObject({ phase: "up", worker: { restarts: 0 } });
});
