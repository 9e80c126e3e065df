import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { crisolFolder } from "../../system/package-folder.ts";
import { loadPipeline } from "../pipeline/load-pipeline.ts";
import { renderIssues } from "../view/render-issues.ts";
import { checkPipeline, withPlaces } from "./check-pipeline.ts";
import { compileApart } from "./compile-apart.ts";

let folder = "";

/** A user's project, without a tsconfig, with crisol installed. */
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "crisol-check-")));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(crisolFolder, join(folder, "node_modules", "crisol"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function put(file: string, ...lines: readonly string[]): string {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${lines.join("\n")}\n`);
  return file;
}

/** A file with a pipeline whose build has this body. */
function pipeline(file: string, ...body: readonly string[]): string {
  return put(
    file,
    'import { definePipeline, files, z } from "crisol";',
    'import { clean, ingest, seal } from "crisol/stages";',
    'export default definePipeline({ name: "test", params: z.object({ n: z.int().default(9) }), build({ n }) {',
    ...body,
    "} });",
  );
}

const good = 'return { documents: clean(seal(ingest({ from: files("data/*") })), { minLength: n }) };';

async function issuesOf(file: string, limitMs = 20_000) {
  return (await compileApart({ file: join(folder, file), params: {}, project: folder }, limitMs)).issues.map((issue) =>
    withPlaces(issue, folder),
  );
}

test("a correct pipeline has no issues", async () => {
  expect(await checkPipeline(pipeline("good.ts", good), { params: { n: 5 }, folder })).toEqual({ issues: [], tsc: [] });
});

test("what tsc says and what only compile can say are shown together, each with its place", async () => {
  const file = pipeline(
    "both.ts",
    '  const raw = ingest({ from: files("data/*") });',
    "  seal(raw);",
    "  return { documents: clean(raw, { minLength: -n }) };",
  );
  const { issues, tsc } = await checkPipeline(file, { params: { m: 1 }, folder });
  // bound parameters are wrong: nothing is built with them
  expect(issues.map(({ code }) => code)).toEqual(["unknown-parameter"]);

  const bound = await checkPipeline(file, { params: {}, folder });
  expect(tsc).toEqual(bound.tsc);
  expect(stripVTControlCharacters(renderIssues(bound, folder))).toBe(
    `✖ \`documents\` lacks the fact \`sealed\`: pass it through a stage that adds that
  → at both.ts:6:29 (TS2741)
      return { documents: clean(raw, { minLength: -n }) };
                                ^

✖ expected documents<sealed>, got documents of "ingest"
  → at both.ts:6:23 › clean › documents
  → fix: pass it through seal() first

✖ too small: expected number to be >=0
  → at both.ts:6:23 › clean › minLength
  → fix: give at least 0

✖ no output needs "seal"
  → at both.ts:5:3 › seal
  → fix: return its output, pass it to a stage that is needed, or remove the call`,
  );
});

test("mistakes in a file that the pipeline imports are found there", async () => {
  put(
    "filters/old.ts",
    'import { defineFilter } from "crisol";',
    'export const old = defineFilter(import.meta, { name: "old", keep: () => 3 });',
  );
  const file = put(
    "uses-filter.ts",
    'import { definePipeline, files } from "crisol";',
    'import { ingest, seal } from "crisol/stages";',
    'import { old } from "./filters/old.ts";',
    'export default definePipeline({ name: "test", build: () => ({ documents: old(seal(ingest({ from: files("a") }))) }) });',
  );
  const { tsc } = await checkPipeline(file, { params: {}, folder });
  expect(tsc.map(({ file, line, code }) => ({ file, line, code }))).toEqual([{ file: "filters/old.ts", line: 2, code: "TS2322" }]);
});

test("the code of the pipeline's own stages is checked with it", async () => {
  const stage = (name: string, run: string): string[] => [
    'import { defineStage, output, port } from "crisol";',
    `export const ${name} = defineStage(import.meta, {`,
    `  name: "${name}", inputs: { documents: port("documents") }, outputs: { report: output("report") }, run: "${run}",`,
    "});",
  ];
  put("stages/count.ts", ...stage("count", "./count-run.ts"));
  put("stages/lost.ts", ...stage("lost", "./lost-run.ts"));
  put(
    "stages/count-run.ts",
    'import type { Run } from "crisol";',
    'import type { count } from "./count.ts";',
    "export const run: Run<typeof count> = async ({ inputs }) => ({ in: inputs.document });",
  );
  const file = put(
    "own-stages.ts",
    'import { definePipeline, files } from "crisol";',
    'import { ingest } from "crisol/stages";',
    'import { count } from "./stages/count.ts";',
    'import { lost } from "./stages/lost.ts";',
    'const raw = () => ingest({ from: files("a") });',
    'export default definePipeline({ name: "test", build: () => ({ counted: count(raw()), lost: lost(raw()) }) });',
  );
  const { issues, tsc } = await checkPipeline(file, { params: {}, folder });
  expect(tsc.map(({ file, line, message }) => ({ file, line, message }))).toEqual([
    {
      file: "stages/count-run.ts",
      line: 3,
      message: "Property 'document' does not exist on type '{ readonly documents: InputArtifact; }'. Did you mean 'documents'?",
    },
  ]);
  expect(issues).toMatchObject([{ code: "missing-code", path: ["stages/lost-run.ts", "lost"] }]);
});

test.each([
  ["has no default export", ["export const a = 1;"], "the file has no default export", "bad.ts"],
  ["exports something else", ["export default 1;"], "the file's default export is not a pipeline", "bad.ts"],
  ["does not parse", ["const a = 1;", "const b = ;"], "the file does not parse: Expression expected", "bad.ts:2"],
  ["is not erasable", ["enum A { B }"], "the file does not parse: TypeScript enum is not supported in strip-only mode", "bad.ts:1"],
  ["imports a missing file", ["", 'import { x } from "./nowhere.ts";', "x;"], "an import was not found: nowhere.ts", "bad.ts:2"],
  ["imports a missing package", ['import x from "nowhere";', "x;"], "an import was not found: nowhere", "bad.ts:1"],
  ["throws", ["", "throw new Error('no way');"], "the file threw while it was loaded: no way", "bad.ts:2:7"],
  ["throws a string", ["throw 'no way';"], "the file threw while it was loaded: no way", "bad.ts"],
  ["ends its process", ["process.exit(0);"], "the pipeline could not be compiled: it ended its process", "bad.ts"],
])("a file that %s is an issue", async (_, lines, message, place) => {
  const [issue, ...more] = await issuesOf(put("bad.ts", ...lines));
  expect(more).toEqual([]);
  expect(issue).toMatchObject({ message, path: [place] });
  expect(issue?.fix).toMatch(/\w/);
});

test("a name that a module does not export is an issue", async () => {
  const [issue] = await issuesOf(put("bad.ts", 'import { definePipelin } from "crisol";', "definePipelin;"));
  expect(issue).toMatchObject({ message: expect.stringMatching(/^an import was not found: .*'definePipelin'$/), path: ["bad.ts:1"] });
});

test("a path that its package does not export is an issue", async () => {
  const [issue] = await issuesOf(put("bad.ts", 'import { seal } from "crisol/stage";', "seal;"));
  expect(issue).toMatchObject({ message: expect.stringMatching(/^an import was not found: .*'\.\/stage'/), path: ["bad.ts"] });
  expect(issue?.fix).toContain("crisol/stages");
});

test.each([
  ["nowhere.ts", "there is no such file"],
  ["filters", "this is not a file"],
  ["notes.txt", "a pipeline is a .ts file"],
])("%s is not a pipeline file", async (file, message) => {
  put("filters/a.ts");
  put("notes.txt");
  expect(await checkPipeline(file, { params: {}, folder }).then(({ issues }) => issues)).toEqual([
    { code: "pipeline-invalid", message, path: [file], fix: "name a pipeline's file, for example pipelines/quickstart.ts" },
  ]);
});

test("a build that throws is an issue, at the line that threw", async () => {
  const [issue] = await issuesOf(pipeline("throws.ts", "  const x = undefined as any;", "  return x.documents;"));
  expect(issue).toMatchObject({ code: "build-threw", path: ["throws.ts:5:12", "test", "build"] });
});

test("an asynchronous build is an issue, beside the error of tsc", async () => {
  const file = put(
    "async.ts",
    'import { definePipeline, files } from "crisol";',
    'import { ingest } from "crisol/stages";',
    'export default definePipeline({ name: "test", build: async () => ({ documents: ingest({ from: files("a") }) }) });',
  );
  const { issues, tsc } = await checkPipeline(file, { params: {}, folder });
  expect(issues.map(({ code }) => code)).toEqual(["async-build"]);
  expect(tsc.map(({ code }) => code)).toEqual(["TS2322"]);
});

test.each([
  ["build", "build did not return within 5 s", () => pipeline("endless.ts", "  for (;;) n;", `  ${good}`)],
  ["file", "the file did not load within 5 s", () => put("endless.ts", "for (;;);")],
  [
    "file that waits for what never comes, and",
    "the file did not load within 5 s",
    () => put("endless.ts", "await new Promise(() => {});"),
  ],
])("a %s that never ends is stopped", async (_, message, write) => {
  const [issue] = await issuesOf(write(), 5000);
  expect(issue).toMatchObject({ code: "endless-build", message });
});

test("a file that changed is read again by the same process", async () => {
  const load = async () => (await loadPipeline(join(folder, "again.ts"))).name;
  const declare = (name: string) =>
    put("again.ts", `import { definePipeline } from "crisol";`, `export default definePipeline({ name: "${name}", build: () => ({}) });`);
  declare("first");
  expect(await load()).toBe("first");
  declare("second");
  expect(await load()).toBe("second");
});
