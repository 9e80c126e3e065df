import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const root = join(import.meta.dirname, "..", "..");
let folder: string;
let project: string;

const pipeline = `
import { command, defineStage, definePipeline, files, output, port, z } from "crisol";
import { ingest, seal } from "crisol/stages";

export const shout = defineStage(import.meta, {
  name: "shout",
  inputs: { documents: port("documents", "sealed") },
  outputs: { report: output("report") },
  params: z.strictObject({}),
  async run(context) {
    const texts: string[] = [];
    for await (const { text } of context.inputs.documents.documents()) texts.push(text.trim().toUpperCase());
    await context.outputs.report.write("report.json", JSON.stringify(texts.sort()));
    return { in: texts.length, out: 1 };
  },
});

export const exclaim = defineStage(import.meta, {
  name: "exclaim",
  inputs: { documents: port("documents") },
  outputs: { documents: output("documents", { from: "documents" }) },
  map: "documents",
  run: command(["python", "exclaim.py"]),
});

export default definePipeline({
  name: "shouting",
  params: z.object({}),
  build: () => ({ report: shout(exclaim(seal(ingest({ from: files("data/*.txt") })))) }),
});
`;

const learning = `
import { definePipeline, files, z } from "crisol";
import { dedup, ingest, seal, split, trainTokenizer } from "crisol/stages";

export default definePipeline({
  name: "learning",
  params: z.object({}),
  build: () => ({ tokenizer: trainTokenizer(split(dedup(seal(ingest({ from: files("data/*.txt") })))).train) }),
});
`;

const script = `
import json, sys
for line in sys.stdin:
    print(json.dumps({"text": json.loads(line)["text"].strip() + "!"}))
`;

/** A project with the packed crisol installed; its other packages and the Python environment are this clone's. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "crisol-package-"));
  const copy = join(folder, "copy");
  const { stdout } = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, maxBuffer: 2 ** 26 });
  for (const path of stdout.split("\0").filter(Boolean)) await cp(join(root, path), join(copy, path)).catch(() => undefined);
  await symlink(join(root, "node_modules"), join(copy, "node_modules"));
  const before = await readFile(join(copy, "package.json"), "utf8");
  await run("npm", ["pack", "--pack-destination", folder], { cwd: copy, env: environment() });
  expect(await readFile(join(copy, "package.json"), "utf8")).toBe(before);
  expect(await readdir(copy)).not.toContain("dist");

  project = join(folder, "project");
  const modules = join(project, "node_modules");
  await mkdir(modules, { recursive: true });
  for (const name of await readdir(join(root, "node_modules"))) {
    if (name !== "crisol") await symlink(join(root, "node_modules", name), join(modules, name));
  }
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "";
  await run("tar", ["xzf", join(folder, tarball), "-C", folder]);
  await cp(join(folder, "package"), join(modules, "crisol"), { recursive: true });
  await symlink(join(root, ".venv"), join(modules, "crisol", ".venv"));
  await mkdir(join(project, "pipelines"));
  await mkdir(join(project, "data"));
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "project", type: "module" }));
  await writeFile(join(project, "pipelines", "shouting.ts"), pipeline);
  await writeFile(join(project, "pipelines", "exclaim.py"), script);
  await writeFile(join(project, "data", "a.txt"), "uno");
  await writeFile(join(project, "data", "b.txt"), "dos");
});

afterAll(async () => {
  await crisol("down");
  await rm(folder, { recursive: true });
});

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ""}` };
}

async function crisol(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const launcher = join(project, "node_modules", "crisol", "bin", "crisol.mjs");
  try {
    return { code: 0, ...(await run(process.execPath, [launcher, ...args], { cwd: project, env: environment() })) };
  } catch (error) {
    return error as { code: number; stdout: string; stderr: string };
  }
}

test("contains compiled code and types, and none of the tests", async () => {
  const files = await readdir(join(project, "node_modules", "crisol"), { recursive: true });
  expect(files).toContain(join("dist", "dsl", "index.d.ts"));
  expect(files.filter((path) => path.includes(".test.") || (path.endsWith(".ts") && !path.endsWith(".d.ts")))).toEqual([]);
});

test("checks and runs a pipeline of the project, with its own stage and crisol's", async () => {
  expect(await crisol("check", "pipelines/shouting.ts")).toMatchObject({ code: 0, stdout: expect.stringContaining("has no problems") });
  const { code, stdout, stderr } = await crisol("run", "pipelines/shouting.ts", "--json");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ type: "result", status: "completed" });
});

test("knows what the trainer's entries run, from the contents of the package", async () => {
  await writeFile(join(project, "pipelines", "learning.ts"), learning);
  const { code, stdout, stderr } = await crisol("plan", "pipelines/learning.ts", "--json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout).nodes.map(({ stage }: { stage: string }) => stage)).toContain("trainTokenizer");
});

test("refuses a mistake with the compiler's message", async () => {
  await writeFile(join(project, "pipelines", "unsealed.ts"), pipeline.replace("seal(ingest(", "(ingest("));
  expect(await crisol("check", "pipelines/unsealed.ts")).toMatchObject({
    code: 2,
    stdout: expect.stringContaining("`documents` lacks the fact `sealed`"),
  });
});
