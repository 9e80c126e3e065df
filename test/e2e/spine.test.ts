import { afterAll, beforeAll, expect, it } from "vitest";
import { checkHistories } from "./histories.ts";
import { makeProject, type Project } from "./project.ts";

const pipeline = `
import { defineStage, definePipeline, files, output, port, z } from "crisol";

export const count = defineStage(import.meta, {
  name: "count",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  params: z.strictObject({ unit: z.enum(["lines", "bytes"]).default("lines") }),
  async run(context, { unit }) {
    let total = 0;
    for (const { path } of context.inputs.from.manifest.files) {
      for await (const chunk of context.inputs.from.bytes(path)) {
        total += unit === "bytes" ? chunk.length : Buffer.from(chunk).toString().split("\\n").length - 1;
      }
    }
    await context.outputs.report.write("report.json", JSON.stringify({ total }));
    return { in: context.inputs.from.manifest.files.length, out: 1 };
  },
});

export const double = defineStage(import.meta, {
  name: "double",
  inputs: { report: port("report") },
  outputs: { report: output("report") },
  params: z.strictObject({ times: z.int().default(2) }),
  async run(context, { times }) {
    const { total } = JSON.parse(await context.inputs.report.text("report.json"));
    await context.outputs.report.write("report.json", JSON.stringify({ total: total * times }));
    return {};
  },
});

export default definePipeline({
  name: "counting",
  params: z.object({ times: z.int().positive().default(2) }),
  build: ({ times }) => ({ report: double(count(files("data/*.txt")), { times }) }),
});
`;

let project: Project;

beforeAll(async () => {
  project = await makeProject({ "pipelines/counting.ts": pipeline, "data/a.txt": "uno\ndos\n", "data/b.txt": "tres\n" });
});
afterAll(() => project.remove());

async function stages(...args: string[]): Promise<{ code: number | null; status: unknown; ran: string[] }> {
  const { code, values } = await project.json("run", "pipelines/counting.ts", ...args);
  const ran = values
    .filter((value) => value.type === "stage" && value.status === "done" && value.cached === false)
    .map((value) => String(value.name));
  return { code, status: values.at(-1)?.status, ran };
}

it("runs a pipeline on a real server, and then nothing twice", async () => {
  expect(await stages()).toEqual({ code: 0, status: "completed", ran: ["count", "double"] });
  expect(await stages()).toEqual({ code: 0, status: "unchanged", ran: [] });
});

it("runs again only what a changed parameter touches", async () => {
  expect(await stages("--set", "times=3")).toEqual({ code: 0, status: "completed", ran: ["double"] });
});

it("refuses a raw file that changed since it was pinned, and names it", async () => {
  await project.write({ "data/b.txt": "tras\n" });
  const refused = await project.crisol("run", "pipelines/counting.ts");
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("SOURCE_CHANGED");
  expect(refused.stderr).toContain("data/b.txt");
  expect(await stages("--relock")).toMatchObject({ code: 0, status: "completed", ran: ["count"] });
});

it("leaves no long history, and nothing large but the plan in any", async () => {
  await checkHistories(project);
});
