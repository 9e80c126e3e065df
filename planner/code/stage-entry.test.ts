import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { StageSpec } from "../../dsl/graph/graph.ts";
import { spokenEra } from "../../pipelines/filters/spoken-era.ts";
import { crisolFolder } from "../../system/package-folder.ts";
import { bundleStages } from "./bundle/bundle.ts";
import { ExternalPackages } from "./packages/external-packages.ts";
import { stageEntry } from "./stage-entry.ts";

test("an inline stage is found among its module's exports, and what only building needs stays out of its bundle", async () => {
  const module = await stageEntry(spokenEra.spec);
  expect(module).toContain("import{spokenEra as stage}");
  const [bundle] = await bundleStages([{ stage: "spokenEra", module }], crisolFolder, new ExternalPackages());
  const own = bundle?.map.parts
    .flatMap(({ file }) => file?.slice(crisolFolder.length + 1) ?? [])
    .filter((path) => !path.startsWith("node_modules/"));
  expect(own).toContain("pipelines/filters/spoken-era.ts");
  expect(own).toContain("stage-code/filter-documents.ts");
  expect(own).not.toContain("dsl/graph/bind-ports.ts");
});

test("what stands beside an inline stage in its file is no part of its code", async () => {
  const project = mkdtempSync(join(tmpdir(), "crisol-inline-"));
  try {
    const bundleOf = async (text: string) => {
      writeFileSync(join(project, "pipeline.ts"), text);
      const module = `import{short as stage}from${JSON.stringify(join(project, "pipeline.ts"))};export const run=stage.run`;
      const [bundle] = await bundleStages([{ stage: "short", module }], project, new ExternalPackages());
      return bundle?.text;
    };
    const before = await bundleOf(pipelineFile);
    expect(before).toContain("too long");
    for (const edit of [
      (text: string) => text.replace("default(400)", "default(500)"),
      (text: string) => text.replace("return { documents: short(long(raw)) }", "return { documents: short(raw) }"),
      (text: string) => text.replace('"too short"', '"really too short"'),
    ]) {
      expect(edit(pipelineFile)).not.toBe(pipelineFile);
      expect(await bundleOf(edit(pipelineFile))).toBe(before);
    }
    expect(await bundleOf(pipelineFile.replace('"too long"', '"much too long"'))).not.toBe(before);
    // also where the lines of a text look like a definition
    const several = `${pipelineFile}export const prompt = \`a\nexport default definePipeline({\n});\n\`;\n`;
    expect(await bundleOf(several)).toBe(before);
  } finally {
    rmSync(project, { recursive: true });
  }
});

const pipelineFile = `
import { defineFilter, definePipeline, files, z } from ${JSON.stringify(join(crisolFolder, "dsl/index.ts"))};
import { ingest, seal } from ${JSON.stringify(join(crisolFolder, "activities/index.ts"))};

export const short = defineFilter(import.meta, {
  name: "short",
  params: z.object({ most: z.int().default(5) }),
  keep: ({ text }) => text.length > 5 ? "too long" : true,
});

export const long = defineFilter(import.meta, { name: "long", keep: ({ text }) => text.length > 5 || "too short" });

export default definePipeline({
  name: "both",
  params: z.object({ steps: z.int().default(400) }),
  build() {
    const raw = seal(ingest({ from: files("*.txt") }));
    return { documents: short(long(raw)) };
  },
});
`;

test("the code of a mapped stage is its run, and its reduce where it says so", async () => {
  const project = mkdtempSync(join(tmpdir(), "crisol-inline-"));
  try {
    const module = join(project, "counts.ts");
    writeFileSync(module, mappedFile(crisolFolder));
    writeFileSync(join(project, "run.ts"), "export const run = () => 1;\nexport const reduce = () => 2;\n");
    const stages: { readonly [name: string]: { readonly spec: StageSpec } } = await import(module);
    const exported = async (name: string): Promise<string[]> => {
      const spec = stages[name]?.spec;
      if (spec === undefined) throw new Error(`no stage ${name}`);
      const [bundle] = await bundleStages([{ stage: name, module: await stageEntry(spec) }], project, new ExternalPackages());
      const code = join(project, `${name}.bundle.mjs`);
      writeFileSync(code, bundle?.text ?? "");
      return Object.entries<() => unknown>(await import(code)).map(([name, value]) => `${name}: ${value()}`);
    };
    expect(await exported("inPlace")).toEqual(["reduce: 4", "run: 3"]);
    expect(await exported("ofModule")).toEqual(["reduce: 2", "run: 1"]);
    expect(await exported("joined")).toEqual(["run: 1"]);
  } finally {
    rmSync(project, { recursive: true });
  }
});

const mappedFile = (crisol: string): string => `
import { defineStage, output, port } from ${JSON.stringify(join(crisol, "dsl/index.ts"))};
const ports = { inputs: { documents: port("documents") }, outputs: { documents: output("documents") }, map: "documents" };
export const inPlace = defineStage(import.meta, { ...ports, name: "inPlace", run: () => 3, reduce: () => 4 });
export const ofModule = defineStage(import.meta, { ...ports, name: "ofModule", run: "./run.ts", reduce: true });
export const joined = defineStage(import.meta, { ...ports, name: "joined", run: "./run.ts" });
`;

test("one that is not exported is refused, with what to write", async () => {
  const hidden = { ...spokenEra.spec, name: "hidden" };
  await expect(stageEntry(hidden)).rejects.toMatchObject({
    parts: {
      code: "PIPELINE_INVALID",
      what: expect.stringContaining('"hidden" is not exported'),
      fix: expect.stringContaining("export const hidden"),
    },
  });
});
