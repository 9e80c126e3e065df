import fc from "fast-check";
import { expect, test } from "vitest";
import { ingredientsOf, keyOf } from "../../planner/keys.ts";
import type { ArtifactRef } from "../../schemas/artifact.ts";
import { digestOf } from "../../schemas/digest.ts";
import { Json, type JsonObject } from "../../schemas/json.ts";
import type { PlanNode } from "../../schemas/plan.ts";

const jsonObject = fc
  .dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 })
  .map((value) => asObject(JSON.parse(JSON.stringify(value))));
const digest = fc.string().map((text) => digestOf(text));
const ref = fc.record({ kind: fc.constant("documents" as const), digest, content: digest });
const use = fc.record({
  params: jsonObject,
  code: digest,
  inputs: fc.array(ref, { maxLength: 4 }),
  runtime: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
});

function asObject(value: unknown): JsonObject {
  const parsed = Json.parse(value);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new TypeError("no object");
  return parsed;
}

function keyOfUse(
  {
    params,
    code,
    inputs,
    runtime,
  }: { params: JsonObject; code: ArtifactRef["digest"]; inputs: ArtifactRef[]; runtime: { [name: string]: string } },
  name = "a",
) {
  const node: PlanNode = {
    name,
    stage: "stage",
    inputs: inputs.map((_, index) => ({ port: `port${index}`, from: { node: "maker", output: "made" } })),
    outputs: {},
    params,
    code,
    runtime,
    resources: { cpus: 1, gpus: 0, memory: 1, timeout: 1, attempts: 1 },
  };
  return keyOf(ingredientsOf(node, inputs));
}

/** The same value, with the members of every object in the reverse order. */
function reversed(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

test("the order of members, the node's name and the artifacts' histories do not count", () => {
  fc.assert(
    fc.property(use, digest, (one, other) => {
      const elsewhere = one.inputs.map((input) => ({ ...input, digest: other }));
      expect(keyOfUse({ ...one, params: asObject(reversed(one.params)), inputs: elsewhere }, "b")).toBe(keyOfUse(one));
    }),
    { seed: 20_261_124, numRuns: 300 },
  );
});

test("two uses have the same key only if everything that decides is the same", () => {
  fc.assert(
    fc.property(use, use, (a, b) => {
      const decisive = ({ params, code, inputs, runtime }: typeof a) => ({
        params,
        code,
        runtime,
        inputs: inputs.map(({ content }) => content),
      });
      const same = JSON.stringify(reversed(asObject(decisive(a)))) === JSON.stringify(reversed(asObject(decisive(b))));
      if (same) expect(keyOfUse(a)).toBe(keyOfUse(b));
      else expect(keyOfUse(a)).not.toBe(keyOfUse(b));
    }),
    { seed: 20_261_124, numRuns: 300 },
  );
});

test("inputs that change places change the key", () => {
  fc.assert(
    fc.property(use, ref, ref, (one, x, y) => {
      fc.pre(x.content !== y.content);
      expect(keyOfUse({ ...one, inputs: [x, y] })).not.toBe(keyOfUse({ ...one, inputs: [y, x] }));
    }),
    { seed: 20_261_124, numRuns: 200 },
  );
});
