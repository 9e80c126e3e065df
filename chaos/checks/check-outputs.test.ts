import { expect, test } from "vitest";
import type { ArtifactRef } from "../../schemas/artifact.ts";
import type { NodeState, RunState } from "../../schemas/run-state.ts";
import { someDigest } from "../../test/fixtures/temporary-store.ts";
import { outputProblems } from "./check-outputs.ts";

const ref = (digit: string): ArtifactRef => ({ kind: "report", digest: someDigest(digit), content: someDigest(digit) });

/** A run of two stages, whose artifacts have these digests. */
function ended(first: string, second: string, status: RunState["status"] = "completed"): RunState {
  const node = (name: string, digit: string): NodeState => ({
    name,
    stage: name,
    status: "done",
    cached: false,
    attempts: 1,
    outputs: { report: ref(digit) },
  });
  const nodes = [node("first", first), node("second", second)];
  return { runId: "r", pipeline: "p", planDigest: someDigest("f"), status, nodes, outputs: { report: ref(second) } };
}

test("the same digests are not a problem, whatever the run is called", () => {
  expect(outputProblems(ended("a", "b"), { ...ended("a", "b"), runId: "another" })).toEqual([]);
});

test("another digest is a problem, and the first stage to differ is named", () => {
  const [problem] = outputProblems(ended("a", "b"), ended("c", "d"));
  expect(problem).toBe(`output report is ${someDigest("d")}, unbroken it was ${someDigest("b")}; the first stage to differ is first`);
});

test("a missing output and another status of the run are problems", () => {
  expect(outputProblems(ended("a", "b"), { ...ended("a", "b"), outputs: {} })).toEqual([
    `output report is missing, unbroken it was ${someDigest("b")}`,
  ]);
  expect(outputProblems(ended("a", "b"), ended("a", "b", "failed"))).toEqual(["the run is failed, but the unbroken one was completed"]);
});
