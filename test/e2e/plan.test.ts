/** What `plan` predicts is what `run` then does. */
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeProject, type Project } from "./project.ts";

const files = {
  "stages/shout/stage.ts": `import { defineStage, output, port, z } from "crisol";
export const shout = defineStage(import.meta, {
  name: "shout",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  params: z.strictObject({ mark: z.string().default("!") }),
  run: "./run.ts",
});
`,
  "stages/shout/run.ts": `import type { Run } from "crisol";
import { louder } from "./louder.ts";
import type { shout } from "./stage.ts";
export const run: Run<typeof shout> = async (context, { mark }) => {
  const texts = [];
  for (const { path } of context.inputs.from.manifest.files) texts.push(louder(await context.inputs.from.text(path)) + mark);
  await context.outputs.report.write("report.json", JSON.stringify(texts));
  return { out: texts.length };
};
`,
  "stages/shout/louder.ts": "export const louder = (text: string) => text.toUpperCase();\n",
  "pipelines/shouting.ts": `import { definePipeline, defineStage, files, output, port, z } from "crisol";
import { shout } from "../stages/shout/stage.ts";
export const size = defineStage(import.meta, {
  name: "size",
  inputs: { report: port("report") },
  outputs: { report: output("report") },
  params: z.strictObject({ unit: z.string().default("letters") }),
  async run(context, { unit }) {
    const { length } = await context.inputs.report.text("report.json");
    await context.outputs.report.write("report.json", JSON.stringify({ length, unit }));
    return {};
  },
});
export default definePipeline({
  name: "shouting",
  params: z.object({ mark: z.string().default("!"), unit: z.string().default("letters") }),
  build: ({ mark, unit }) => ({ report: size(shout(files("data/*.txt"), { mark }), { unit }) }),
});
`,
  "data/a.txt": "uno\n",
  "data/b.txt": "dos\n",
};

let project: Project;
beforeAll(async () => {
  project = await makeProject(files);
});
afterAll(() => project.remove());

async function planned(...args: string[]): Promise<{ code: number | null; nodes: unknown[]; issues: unknown[] }> {
  const { code, values } = await project.json("plan", "shouting", ...args);
  const [{ nodes = [], issues = [] } = {}] = values as {
    nodes?: { name: string; status: string; why: string | null }[];
    issues?: { code: string }[];
  }[];
  return { code, nodes: nodes.map(({ name, status, why }) => [name, status, why]), issues: issues.map((issue) => issue.code) };
}

async function ran(...args: string[]): Promise<string[]> {
  const { code, values } = await project.json("run", "shouting", ...args);
  expect(code).toBe(0);
  return values
    .filter(({ type, status, cached }) => type === "stage" && status === "done" && cached === false)
    .map(({ name }) => String(name));
}

const edit = async (path: string, from: string, to: string) => {
  const text = await readFile(join(project.folder, path), "utf8");
  expect(text).toContain(from);
  await writeFile(join(project.folder, path), text.replace(from, to));
};

it("nothing was run yet, and planning pins nothing", async () => {
  expect(await planned()).toEqual({
    code: 0,
    nodes: [
      ["shout", "run", "never run before"],
      ["size", "unknown", "waits for shout; never run before"],
    ],
    issues: [],
  });
  expect(await readdir(project.folder)).not.toContain("crisol.lock.json");
});

it("everything is cached after a run, even after edits that change nothing", async () => {
  expect(await ran()).toEqual(["shout", "size"]);
  const cached = {
    code: 0,
    nodes: [
      ["shout", "cached", null],
      ["size", "cached", null],
    ],
    issues: [],
  };
  expect(await planned()).toEqual(cached);
  await edit("stages/shout/louder.ts", "export", "// louder\nexport");
  await edit("stages/shout/stage.ts", 'name: "shout",', 'name: "shout",\n  summary: "shout it",');
  await edit("pipelines/shouting.ts", "build: ({ mark, unit })", "build: ({ unit, mark })");
  expect(await planned()).toEqual(cached);
  expect(await ran()).toEqual([]);
});

it("a parameter: only what depends on it runs", async () => {
  expect((await planned("--set", "unit=bytes")).nodes).toEqual([
    ["shout", "cached", null],
    ["size", "run", 'parameter unit "letters" -> "bytes"'],
  ]);
  expect(await ran("--set", "unit=bytes")).toEqual(["size"]);
});

it("a plan is compared with a run, even if everything is cached", async () => {
  const { values: lists } = await project.json("runs");
  const runs = lists[0] as unknown as { runId: string }[];
  const runId = runs.at(-1)?.runId ?? "";
  const { values } = await project.json("plan", "shouting", "--set", "unit=bytes", "--diff", runId);
  const [report] = values as { nodes: { status: string }[]; diff: { runId: string; nodes: object[] } }[];
  expect(report?.nodes.map(({ status }) => status)).toEqual(["cached", "cached"]);
  expect(report?.diff).toMatchObject({
    runId,
    nodes: [
      { name: "shout", stage: "shout", was: null, change: "same", why: null },
      { name: "size", stage: "size", was: null, change: "changed", why: 'parameter unit "letters" -> "bytes"' },
    ],
  });
  const { code, stdout } = await project.crisol("plan", "shouting", "--set", "unit=bytes", "--diff", runId);
  expect({ code, lines: stdout.trim().split("\n").slice(-3) }).toEqual({
    code: 0,
    lines: [
      expect.stringMatching(new RegExp(`^against run ${runId}  plan [0-9a-f]{12}$`)),
      '  ~ changed size  parameter unit "letters" -> "bytes"',
      "1 same, 1 changed",
    ],
  });
});

it("an unknown run is an error, and a pipeline's name means its latest run", async () => {
  const unknown = await project.crisol("plan", "shouting", "--diff", "nothing");
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain("NOT_FOUND");
  const { stdout } = await project.crisol("plan", "shouting", "--diff", "shouting");
  expect(stdout).toContain('size  parameter unit "bytes" -> "letters"');
});

it("a helper: the stage runs; if it produces the same result, later stages are cached", async () => {
  await edit("stages/shout/louder.ts", "text.toUpperCase()", "text.toLocaleUpperCase()");
  expect((await planned()).nodes).toEqual([
    ["shout", "run", "code: stages/shout/louder.ts changed (louder)"],
    ["size", "unknown", "waits for shout"],
  ]);
  expect(await ran()).toEqual(["shout"]);
});

it("a damaged artifact is a miss and is named; a run recreates it", async () => {
  const { values } = await project.json("run", "shouting");
  const { report } = (values.at(-1) as { outputs: { report: { digest: string } } }).outputs;
  const blob = (digest: string) => join(project.home, "store", "blobs", digest.slice(0, 2), digest);
  const manifest = JSON.parse(await readFile(blob(report.digest), "utf8")) as { files: [{ sha256: string }] };
  const damaged = blob(manifest.files[0].sha256);
  await chmod(damaged, 0o644);
  await writeFile(damaged, "{}");
  expect((await planned()).nodes[1]).toEqual([
    "size",
    "run",
    expect.stringMatching(/^artifact [0-9a-f]{12} is damaged \(report\.json\): /),
  ]);
  expect(await ran()).toEqual(["size"]);
});

it("a raw file that changed is an issue, and planning accepts nothing", async () => {
  const lock = await readFile(join(project.folder, "crisol.lock.json"), "utf8");
  await edit("data/b.txt", "dos", "tres");
  expect(await planned()).toEqual({
    code: 1,
    nodes: [
      ["shout", "run", "input from changed: 1 of 2 files (data/b.txt)"],
      ["size", "unknown", "waits for shout"],
    ],
    issues: ["source-changed"],
  });
  expect(await readFile(join(project.folder, "crisol.lock.json"), "utf8")).toBe(lock);
});

it("a pattern that matches nothing names what does", async () => {
  await edit("pipelines/shouting.ts", "data/*.txt", "data/*.text");
  const { code, stderr } = await project.crisol("plan", "shouting");
  expect(code).toBe(2);
  expect(stderr).toContain("SOURCE_EMPTY");
  expect(stderr).toContain('files("data/*.txt")');
});
