import { describe, expect, it } from "vitest";
import type { ArtifactRef } from "../schemas/artifact.ts";
import { digestOf } from "../schemas/digest.ts";
import type { Plan, PlanNode } from "../schemas/plan.ts";
import { amend, begin, carryOn, fail, type Interpretation, ready, retry, start, stop, succeed, turnOf, verdict } from "./interpreter.ts";
import type { StageError } from "./protocol.ts";

const raw: ArtifactRef = { kind: "files", digest: digestOf("digest of raw"), content: digestOf("content of raw") };

function node(name: string, ...from: string[]): PlanNode {
  return {
    name,
    stage: name,
    inputs: from.map((node) => ({ port: node, from: node === "raw" ? { source: "raw" } : { node, output: "out" } })),
    outputs: { out: { kind: "documents", adds: [] } },
    params: {},
    code: digestOf("code"),
    runtime: {},
    resources: { cpus: 1, gpus: 0, memory: 512, timeout: 60, attempts: 3 },
  };
}

/** raw -> a -> b -> d, a -> c -> d */
const plan: Plan = {
  version: 1,
  pipeline: "diamond",
  params: {},
  sources: { raw: { pattern: ["*"], artifact: raw } },
  nodes: [node("a", "raw"), node("b", "a"), node("c", "a"), node("d", "b", "c")],
  outputs: { result: { node: "d", output: "out" } },
};

const fresh = () => begin(plan);
const ran = (state: Interpretation, ...names: string[]) =>
  names.reduce((next, name) => succeed(start(next, [name]), { node: name, content: name }), state);
const names = (state: Interpretation) => ready(state).map(({ name }) => name);
const turns = (state: Interpretation) => plan.nodes.map(({ name }) => turnOf(state, name));
const error = (parts: Partial<StageError>): StageError => ({
  code: "STAGE_FAILED",
  what: "it threw",
  where: "here",
  why: "so",
  fix: "repair",
  ...parts,
});
const damaged = error({ code: "ARTIFACT_DAMAGED", producer: "a" });

describe("an interpreted plan", () => {
  it("runs what has its inputs, side by side, and nothing twice", () => {
    const begun = fresh();
    expect(names(begun)).toEqual(["a"]);
    expect(names(start(begun, ["a"]))).toEqual([]);
    const afterA = ran(begun, "a");
    expect(names(afterA)).toEqual(["b", "c"]);
    expect(names(start(afterA, ["b"]))).toEqual(["c"]);
    expect(names(ran(afterA, "b"))).toEqual(["c"]);
    expect(names(ran(afterA, "b", "c"))).toEqual(["d"]);
  });

  it("begins after the nodes that are done, and is completed at once when all are", () => {
    expect(names(begin(plan, "1100"))).toEqual(["c"]);
    expect(verdict(begin(plan, "1111"))).toBe("completed");
  });

  it("is blocked by a failure only when nothing else can run, and goes on after a retry", () => {
    const failed = fail(start(ran(fresh(), "a"), ["b"]), "b", error({}));
    expect(verdict(failed)).toBe("running");
    expect(names(failed)).toEqual(["c"]);
    const blocked = ran(failed, "c");
    expect(verdict(blocked)).toBe("blocked");
    expect(blocked.nodes.get("b")?.error?.what).toBe("it threw");
    const retried = retry(blocked);
    expect(names(retried)).toEqual(["b"]);
    expect(retried.nodes.get("b")?.error).toBeUndefined();
    expect(verdict(ran(retried, "b", "d"))).toBe("completed");
  });

  it("ends for good when a gate says no", () => {
    const rejected = fail(start(ran(fresh(), "a"), ["b"]), "b", error({ code: "REJECTED" }));
    expect(names(rejected)).toEqual([]);
    expect(verdict(rejected)).toBe("failed");
    expect(turns(rejected)).toEqual(["done", "failed", "waiting", "waiting"]);
  });

  it("recreates a damaged input and then continues, at most three times", () => {
    let state = ran(fresh(), "a", "c");
    for (let repair = 0; repair < 3; repair += 1) {
      state = fail(start(state, ["b"]), "b", damaged);
      expect(names(state)).toEqual(["a"]);
      state = ran(state, "a");
      expect(names(state)).toEqual(["b"]);
    }
    expect(verdict(fail(start(state, ["b"]), "b", damaged))).toBe("blocked");
  });

  it("recreates a damaged input once, however many nodes find it damaged, and also while it is being recreated", () => {
    const both = start(ran(fresh(), "a"), ["b", "c"]);
    const one = fail(both, "b", damaged);
    expect(names(fail(one, "c", damaged))).toEqual(["a"]);
    expect(names(fail(start(one, ["a"]), "c", damaged))).toEqual([]);
    expect(fail(one, "c", damaged).repairs.get("a")).toBe(1);
  });

  it("reruns a stage that found a part of its own output gone, at most three times", () => {
    const own = error({ code: "ARTIFACT_DAMAGED", producer: "b" });
    let state = ran(fresh(), "a", "c");
    for (let repair = 0; repair < 3; repair += 1) {
      state = fail(start(state, ["b"]), "b", own);
      expect(names(state)).toEqual(["b"]);
    }
    expect(verdict(fail(start(state, ["b"]), "b", own))).toBe("blocked");
  });

  it("keeps results computed from an artifact that came out the same, and recomputes the rest", () => {
    const repairing = start(fail(start(ran(fresh(), "a", "c"), ["b"]), "b", damaged), ["a"]);
    expect(names(succeed(repairing, { node: "a", content: "a" }))).toEqual(["b"]);
    expect(names(succeed(repairing, { node: "a", content: "another" }))).toEqual(["b", "c"]);
  });

  it("takes a recreated artifact for another one when its old contents are unknown, and reruns the nodes that were running on the old one", () => {
    // b and c were found on record, and c is damaged's reader too
    const cached = start(begin(plan, "1110"), []);
    const repairing = start(fail(start(cached, ["d"]), "d", damaged), ["a"]);
    expect(names(succeed(repairing, { node: "a", content: "another" }))).toEqual(["b", "c"]);
    const working = start(fail(start(ran(fresh(), "a"), ["b", "c"]), "b", damaged), ["a"]);
    const made = succeed(working, { node: "a", content: "another" });
    expect(names(made)).toEqual(["b"]);
    expect(names(succeed(made, { node: "c", content: "of the old one" }))).toEqual(["b", "c"]);
    expect([fresh().epoch, made.epoch]).toEqual([0, 2]);
    // a gate that says no to the old one may say yes to the new one
    const refused = fail(made, "c", error({ code: "REJECTED" }));
    expect([verdict(refused), names(refused)]).toEqual(["running", ["b", "c"]]);
  });

  it("knows every node of another plan at once, as those of their names stood", () => {
    const [first] = plan.nodes;
    if (first === undefined) throw new Error("a plan without nodes");
    const more = { ...plan, nodes: [{ ...first, name: "new" }, ...plan.nodes] };
    const amended = amend(fail(start(ran(fresh(), "a"), ["b"]), "b", error({})), more);
    expect(more.nodes.map(({ name }) => turnOf(amended, name))).toEqual(["waiting", "done", "failed", "waiting", "waiting"]);
  });

  it("repairs as often as before once it is resumed", () => {
    let state = ran(fresh(), "a", "c");
    for (let repair = 0; repair < 3; repair += 1) state = ran(fail(start(state, ["b"]), "b", damaged), "a");
    const blocked = fail(start(state, ["b"]), "b", damaged);
    expect(verdict(blocked)).toBe("blocked");
    expect(names(fail(start(retry(blocked), ["b"]), "b", damaged))).toEqual(["a"]);
  });

  it("finds everything that depends on an artifact in one pass, however many paths lead there", () => {
    const layers = Array.from({ length: 60 }, (_, layer) => ["x", "y"].map((side) => `${side}${layer}`));
    const nodes = layers.flatMap((layer, index) => layer.map((name) => node(name, ...(layers[index - 1] ?? ["raw"]))));
    const all = nodes.map(({ name }) => name);
    const made = ran(begin({ ...plan, nodes, outputs: {} }), ...all);
    const again = succeed(start(made, ["x0"]), { node: "x0", content: "another" });
    expect(all.filter((name) => turnOf(again, name) === "waiting")).toEqual(all.slice(2));
  });

  it("lets a stage whose attempt was called off wait again", () => {
    expect(names(stop(start(fresh(), ["a"]), ["a"]))).toEqual(["a"]);
    expect(names(stop(ran(fresh(), "a"), ["a"]))).toEqual(["b", "c"]);
  });

  it("carries into a new history what is not in the store: failures and repairs", () => {
    const state = fail(start(fail(start(ran(fresh(), "a"), ["b"]), "b", damaged), ["a"]), "a", error({}));
    const carried = carryOn(state, false);
    expect(carried).toEqual({ paused: false, failed: ["a"], repairs: [["a", 1]] });
    expect(verdict(begin(plan, "0000", carried))).toBe("blocked");
  });
});
