/** Faults that were once found, caused by a person or a stage: each is reported, and ends. */
import { rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeProject, type Project } from "./project.ts";

const stages = `
import { setTimeout } from "node:timers/promises";
import { defineStage, output, port, z } from "crisol";

export const odd = defineStage(import.meta, {
  name: "odd",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  params: z.strictObject({ how: z.string() }),
  async run(context, { how }) {
    if (how === "throws megabytes") throw new Error("y".repeat(6_000_000));
    if (how === "waits") await setTimeout(60_000, undefined, { signal: context.signal });
    await context.outputs.report.write("report.json", "{}");
    return how === "returns a text" ? ("garbage" as unknown as object) : {};
  },
});
`;

const pipeline = `
import { definePipeline, files, z } from "crisol";
import { odd } from "../stages/odd.ts";

export default definePipeline({
  name: "odd",
  params: z.object({ how: z.string().default("well") }),
  build: ({ how }) => ({ report: odd(files("data/*.txt"), { how }) }),
});
`;

let project: Project;
beforeAll(async () => {
  project = await makeProject({ "data/a.txt": "1 2 3\n", "stages/odd.ts": stages, "pipelines/odd.ts": pipeline });
});
afterAll(() => project.remove());

test("a parameter may come before the pipeline", async () => {
  expect(await project.crisol("run", "--set", "how=well", "odd")).toMatchObject({ code: 0 });
});

test("a link to a home is that home: its runs are worked on", async () => {
  await symlink(project.home, join(project.folder, "link"));
  expect(await project.crisol("run", "odd", "--home", "link")).toMatchObject({ code: 0 });
});

test("an error of megabytes, more than the server accepts, ends the stage like any other", async () => {
  const { code, stdout } = await project.crisol("run", "odd", "--set", "how=throws megabytes");
  expect(code).toBe(1);
  expect(stdout).toMatch(/✖ STAGE_FAILED {2}the stage's code threw Error: y{1000}/);
  expect(stdout.length).toBeLessThan(20_000);
});

test("an invalid report is the stage's mistake, and is not retried", async () => {
  const { values } = await project.json("run", "odd", "--set", "how=returns a text");
  expect(values.filter(({ type }) => type === "attemptFailed")).toMatchObject([
    { attempt: 1, retry: false, error: { code: "STAGE_FAILED" } },
  ]);
});

test("`logs` of a stage that the run does not have names those that it has", async () => {
  const { code, values } = await project.json("logs", "odd", "od");
  expect(code).toBe(2);
  expect(values).toMatchObject([{ type: "error", code: "NOT_FOUND", fix: "name one of its stages: odd" }]);
});

test("a plan that is damaged under a run blocks it, and is rewritten by the same command", async () => {
  const params = ["--set", "how=waits"];
  const { values } = await project.json("run", "odd", ...params, "--detach");
  const { planDigest } = (await project.json("status")).values[0] as { planDigest: string };
  await project.crisol("down");
  await rm(join(project.home, "store", "blobs", planDigest.slice(0, 2), planDigest));
  const watched = await project.crisol("watch");
  expect(watched).toMatchObject({ code: 1, stdout: expect.stringContaining("the plan of a run can't be read") });
  await project.crisol("run", "odd", ...params, "--detach");
  await project.crisol("cancel");
  expect(await project.crisol("cancel", String(values[0]?.runId))).toMatchObject({ code: 0 });
});

test("a run that its server has lost can be cancelled, and is then over", async () => {
  await project.crisol("run", "odd", "--set", "how=waits", "--detach");
  await project.crisol("down");
  await rm(join(project.home, "temporal"), { recursive: true });
  expect(await project.crisol("cancel")).toMatchObject({ code: 0 });
  expect((await project.json("status")).values).toMatchObject([{ status: "canceled", stages: [{ name: "odd", status: "skipped" }] }]);
});
