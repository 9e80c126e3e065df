/** A pipeline whose records are checked by a JSON Schema, and what `--json` prints about it, on a real server. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openStore } from "../../store/store.ts";
import { violations } from "../published-schema.ts";
import { makeProject, type Project } from "./project.ts";

const pipeline = `
import { definePipeline, files, z } from "crisol";
import { ingest, seal } from "crisol/stages";

export default definePipeline({
  name: "checked",
  params: z.object({ schema: z.string().default("speech.json") }),
  build: ({ schema }) => ({ documents: seal(ingest({ from: files("data/*.jsonl"), schema, maxBad: 0.9 })) }),
});
`;
const schema = { type: "object", required: ["text", "year"], properties: { year: { type: "integer" } } };

let project: Project;
beforeAll(async () => {
  project = await makeProject({
    "pipelines/checked.ts": pipeline,
    "data/a.jsonl": '{"text":"one","year":1800}\n{"text":"two","year":"x"}\n{"text":"three"}\n',
    "speech.json": JSON.stringify(schema),
    "wrong.json": '{ "typ": 1, "properties": { "a": { "pattern": "(?=x)" }, "b": { "$ref": "https://example.org/b" } } }',
  });
});
afterAll(() => project.remove());

it("a wrong schema is refused with all that is wrong, by check, plan and run", async () => {
  const at = ["wrong.json#/typ", "wrong.json#/properties/a/pattern", "wrong.json#/properties/b/$ref"];
  for (const command of ["check", "plan"]) {
    const { code, values } = await project.json(command, "checked", "--set", "schema=wrong.json");
    const { issues } = values[0] as { issues: { message: string }[] };
    expect([code, issues.map(({ message }) => message.split(": ")[0])]).toEqual([2, at]);
    expect(violations(`${command}-report`, values[0])).toEqual([]);
  }
  const { code, values } = await project.json("run", "checked", "--set", "schema=wrong.json");
  expect([code, values]).toEqual([2, [expect.objectContaining({ type: "error", code: "PIPELINE_INVALID" })]]);
  for (const place of at) expect(values[0]?.what).toContain(place);
  expect(violations("run-line", values[0])).toEqual([]);
  expect((await project.json("check", "checked", "--set", "schema=none.json")).code).toBe(2);
}, 120_000);

it("records that it refuses are dropped, and everything that is printed is as published", async () => {
  const run = await project.json("run", "checked");
  expect(run.values.at(-1)).toMatchObject({ type: "result", status: "completed" });
  expect(run.values.flatMap((line) => violations("run-line", line))).toEqual([]);
  const status = await project.json("status");
  expect(status.values[0]).toMatchObject({ stages: [{ name: "ingest", summary: "3 in, 1 out, dropped 2: schema 2" }, { name: "seal" }] });
  expect(violations("status-report", status.values[0])).toEqual([]);

  const planned = await project.json("plan", "checked", "--diff", `${run.values[0]?.runId}`);
  expect(planned.values[0]).toMatchObject({
    nodes: [{ status: "cached" }, { status: "cached" }],
    diff: { nodes: [{ change: "same" }, { change: "same" }] },
  });
  expect(violations("plan-report", planned.values[0])).toEqual([]);

  const store = await openStore({ directory: join(project.home, "store") });
  const { nodes } = planned.values[0] as { nodes: { key: never }[] };
  const records = await Promise.all(nodes.map(({ key }) => store.records.get(key)));
  expect(records.map((record) => violations("record", record))).toEqual([[], []]);
  expect(records[0]?.report).toMatchObject({ dropped: { schema: 2 }, examples: { schema: [{ what: "/year must be integer" }, {}] } });
}, 120_000);

it("only what the schema says is in the key", async () => {
  await project.write({
    "speech.json": JSON.stringify({ properties: schema.properties, required: schema.required, type: "object" }, undefined, 4),
  });
  const same = await project.json("plan", "checked");
  expect(same.values[0]).toMatchObject({ nodes: [{ status: "cached" }, { status: "cached" }] });
  await project.write({ "speech.json": JSON.stringify({ ...schema, properties: { year: { type: "number" } } }) });
  const other = await project.json("plan", "checked");
  expect(other.values[0]).toMatchObject({
    nodes: [{ status: "run", why: 'parameter schema.properties.year.type "integer" -> "number"' }, { status: "unknown" }],
  });
}, 120_000);
