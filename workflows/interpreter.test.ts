import { describe, expect, it } from "vitest";
import type { ArtifactKind, ArtifactRef } from "../schemas/artifact.ts";
import { digestOf } from "../schemas/digest.ts";
import type { Plan, PlanNode } from "../schemas/plan.ts";
import { begin, describe as describeRun, fail, type Interpretation, ready, retry, start, stop, succeed, verdict } from "./interpreter.ts";
import type { StageError, StageResult } from "./protocol.ts";

const key = (name: string) => digestOf(`key of ${name}`);
const artifact = (name: string, kind: ArtifactKind = "documents"): ArtifactRef => ({
  kind,
  digest: digestOf(`digest of ${name}`),
  content: digestOf(`content of ${name}`),
});

function node(name: string, ...from: string[]): PlanNode {
  return {
    name,
    stage: name,
    inputs: from.map((node) => ({ port: node, from: node === "raw" ? { source: "raw" } : { node, output: "out" } })),
    outputs: { out: { kind: "documents", adds: [] } },
    params: {},
    code: digestOf("code"),
    runtime: {},
    resources: { queue: "cpu", memory: 512, timeout: 60, attempts: 3 },
  };
}

/** raw -> a -> b -> d, a -> c -> d */
const plan: Plan = {
  version: 1,
  pipeline: "diamond",
  params: {},
  sources: { raw: { pattern: ["*"], artifact: artifact("raw", "files") } },
  nodes: [node("a", "raw"), node("b", "a"), node("c", "a"), node("d", "b", "c")],
  outputs: { result: { node: "d", output: "out" } },
};

const fresh = () => begin(plan, { cached: [], notes: [] });
const result = (name: string, version = ""): StageResult => ({
  key: key(name),
  outputs: { out: artifact(`${name}${version}`) },
  cached: false,
  seconds: 1,
  attempts: 1,
});
const ran = (state: Interpretation, ...names: string[]) =>
  names.reduce((next, name) => succeed(start(next, name), name, result(name)), state);
const names = (state: Interpretation) => ready(state).map(({ node }) => node.name);
const error = (parts: Partial<StageError>): StageError => ({
  code: "STAGE_FAILED",
  what: "it threw",
  where: "here",
  why: "so",
  fix: "mend",
  ...parts,
});

describe("an interpreted plan", () => {
  it("runs what has its inputs, side by side, and nothing twice", () => {
    const begun = fresh();
    expect(names(begun)).toEqual(["a"]);
    expect(names(start(begun, "a"))).toEqual([]);
    const afterA = ran(begun, "a");
    expect(names(afterA)).toEqual(["b", "c"]);
    expect(names(start(afterA, "b"))).toEqual(["c"]);
    expect(names(ran(afterA, "b"))).toEqual(["c"]);
    expect(names(ran(afterA, "b", "c"))).toEqual(["d"]);
  });

  it("hands a stage the artifacts it reads in port order", () => {
    const last = ready(ran(fresh(), "a", "c", "b"))[0];
    expect(last?.inputs).toEqual([artifact("b"), artifact("c")]);
  });

  it("begins behind what is cached, and is completed at once when all is", () => {
    const cached = plan.nodes.map(({ name }) => ({ node: name, key: key(name), outputs: { out: artifact(name) } }));
    expect(names(begin(plan, { cached: cached.slice(0, 2), notes: [] }))).toEqual(["c"]);
    const all = begin(plan, { cached, notes: [] });
    expect(verdict(all)).toBe("completed");
    expect(describeRun(all, { runId: "r", planDigest: key("plan"), status: "completed" }).outputs).toEqual({ result: artifact("d") });
  });

  it("is blocked by a failure only when nothing else can run, and goes on after a retry", () => {
    const failed = fail(start(ran(fresh(), "a"), "b"), "b", error({}), 1);
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
    const rejected = fail(start(ran(fresh(), "a"), "b"), "b", error({ code: "REJECTED" }), 1);
    expect(names(rejected)).toEqual([]);
    expect(verdict(rejected)).toBe("failed");
    expect(describeRun(rejected, { runId: "r", planDigest: key("plan"), status: "failed" }).nodes.map((n) => n.status)).toEqual([
      "done",
      "failed",
      "skipped",
      "skipped",
    ]);
  });

  it("makes a damaged input again and then goes on, at most three times", () => {
    const damaged = error({ code: "ARTIFACT_DAMAGED", producer: key("a") });
    let state = ran(fresh(), "a", "c");
    for (let repair = 0; repair < 3; repair += 1) {
      state = fail(start(state, "b"), "b", damaged, 1);
      expect(names(state)).toEqual(["a"]);
      state = ran(state, "a");
      expect(names(state)).toEqual(["b"]);
    }
    expect(state.nodes.get("a")?.note).toContain("made again");
    expect(verdict(fail(start(state, "b"), "b", damaged, 1))).toBe("blocked");
  });

  it("keeps what was made from an artifact that came out the same, and makes the rest again", () => {
    const damaged = error({ code: "ARTIFACT_DAMAGED", producer: key("a") });
    const repairing = start(fail(start(ran(fresh(), "a", "c"), "b"), "b", damaged, 1), "a");
    expect(names(succeed(repairing, "a", result("a")))).toEqual(["b"]);
    expect(names(succeed(repairing, "a", result("a", "another time")))).toEqual(["b", "c"]);
  });

  it("finds everything made from an artifact in one pass, however many ways lead there", () => {
    const layers = Array.from({ length: 60 }, (_, layer) => ["x", "y"].map((side) => `${side}${layer}`));
    const nodes = layers.flatMap((layer, index) => layer.map((name) => node(name, ...(layers[index - 1] ?? ["raw"]))));
    const all = nodes.map(({ name }) => name);
    const made = ran(begin({ ...plan, nodes, outputs: {} }, { cached: [], notes: [] }), ...all);
    const again = succeed(start(made, "x0"), "x0", result("x0", "another time"));
    expect(all.filter((name) => again.nodes.get(name)?.status === "waiting")).toEqual(all.slice(2));
  });

  it("lets a stage whose attempt was called off wait again", () => {
    expect(names(stop(start(fresh(), "a"), "a"))).toEqual(["a"]);
  });
});
