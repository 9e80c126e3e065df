import { expect, test } from "vitest";
import { ingredientsOf, keyOf } from "../../planner/keys.ts";
import type { ArtifactRef } from "../../schemas/artifact.ts";
import { digestOf } from "../../schemas/digest.ts";
import type { Plan, PlanNode } from "../../schemas/plan.ts";
import type { Store } from "../../store/store.ts";
import { temporaryStore } from "../../test/fixtures/temporary-store.ts";
import { NodeOutputs } from "./node-outputs.ts";

function node(name: string, from?: string): PlanNode {
  return {
    name,
    stage: name,
    inputs: from === undefined ? [] : [{ port: "in", from: { node: from, output: "out" } }],
    outputs: { out: { kind: "report", adds: [] } },
    params: {},
    code: digestOf("code"),
    runtime: {},
    resources: { cpus: 1, gpus: 0, memory: 512, timeout: 60, attempts: 3 },
  };
}

const [a, b, c] = [node("a"), node("b", "a"), node("c", "b")];
const plan: Plan = { version: 1, pipeline: "row", params: {}, sources: {}, nodes: [a, b, c], outputs: {} };
const of = { plan, planDigest: digestOf("plan"), epoch: "1" };

/** Put a node on record whose output is a text. */
async function record(store: Store, made: PlanNode, inputs: ArtifactRef[], text: string): Promise<ArtifactRef> {
  const ingredients = ingredientsOf(made, inputs);
  const key = keyOf(ingredients);
  const files = [{ path: "report.json", ...(await store.blobs.put(text)) }];
  const out = await store.artifacts.commit({ kind: "report", facts: [], counts: {}, meta: {}, files, producer: key, inputs: [] });
  const at = new Date().toISOString();
  await store.records.put({
    version: 1,
    key,
    node: made.name,
    pipeline: "row",
    ingredients,
    inputs,
    outputs: { out },
    report: {},
    startedAt: at,
    seconds: 1,
  });
  return out;
}

test("inputs follow from the records of what comes before", async () => {
  const store = await temporaryStore();
  const outputs = new NodeOutputs(store);
  const fromA = await record(store, a, [], "1");
  const fromB = await record(store, b, [fromA], "2");
  expect(await outputs.inputsOf(of, a)).toEqual([]);
  expect(await outputs.inputsOf(of, c)).toEqual([fromB]);
  expect(await outputs.find(of, "c")).toBeUndefined();
});

test("a record that is gone is reported as damage that its node can repair", async () => {
  const store = await temporaryStore();
  const outputs = new NodeOutputs(store);
  const fromA = await record(store, a, [], "1");
  const error = await outputs.inputsOf(of, c).catch((error: unknown) => error);
  expect(error).toMatchObject({ parts: { code: "ARTIFACT_DAMAGED", what: expect.stringContaining("of b is gone") } });
  const key = keyOf(ingredientsOf(b, [fromA]));
  expect(outputs.makerOf(of, { blob: key, producer: key })).toBe("b");
});

test("a damaged artifact is known by the node that made it", async () => {
  const store = await temporaryStore();
  const outputs = new NodeOutputs(store);
  const fromA = await record(store, a, [], "1");
  await outputs.inputsOf(of, b);
  expect(outputs.makerOf(of, { blob: "x", artifact: fromA.digest })).toBe("a");
  expect(outputs.makerOf(of, { blob: "x", artifact: "another" })).toBeUndefined();
});

test("a node that was run again with another output gives the nodes after it another input", async () => {
  const store = await temporaryStore();
  const outputs = new NodeOutputs(store);
  const before = await record(store, a, [], "1");
  await record(store, b, [before], "2");
  await outputs.inputsOf(of, c);
  const key = keyOf(ingredientsOf(a, []));
  const after: ArtifactRef = { kind: "report", digest: digestOf("other"), content: digestOf("other content") };
  outputs.keep(of, "a", { key, outputs: { out: after } });
  expect(await outputs.inputsOf(of, b)).toEqual([after]);
  expect(await outputs.find(of, "b")).toBeUndefined();
});

test("a record that is gone is reported as gone each time it is asked for", async () => {
  const store = await temporaryStore();
  const outputs = new NodeOutputs(store);
  await record(store, a, [], "1");
  expect(await outputs.find(of, "b")).toBeUndefined();
  await expect(outputs.inputsOf(of, c)).rejects.toMatchObject({ parts: { code: "ARTIFACT_DAMAGED" } });
});

test("each of several readers that find the same artifact damaged learns who made it", async () => {
  const store = await temporaryStore();
  const outputs = new NodeOutputs(store);
  const fromA = await record(store, a, [], "1");
  await outputs.inputsOf(of, b);
  for (const _ of [1, 2]) {
    expect(outputs.makerOf(of, { blob: "x", artifact: fromA.digest })).toBe("a");
    outputs.forget(of);
  }
});

test("a worker that remembers looks again in another epoch", async () => {
  const store = await temporaryStore();
  const [one, other] = [new NodeOutputs(store), new NodeOutputs(store)];
  const before = await record(store, a, [], "1");
  expect([await one.inputsOf(of, b), await other.inputsOf(of, b)]).toEqual([[before], [before]]);
  await store.records.setAside(keyOf(ingredientsOf(a, [])));
  const after = await record(store, a, [], "2");
  const later = { ...of, epoch: "2" };
  expect([await one.inputsOf(later, b), await other.inputsOf(later, b)]).toEqual([[after], [after]]);
});
