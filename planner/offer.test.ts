import { expect, test } from "vitest";
import type { PlanNode, Resources } from "../schemas/plan.ts";
import { beyondOffer } from "./offer.ts";

const offer = { cpus: 4, gpus: 1 };

function issuesOf(resources: Partial<Resources>): unknown[] {
  const node = { name: "train", resources: { cpus: 1, gpus: 0, memory: 512, timeout: 60, attempts: 3, ...resources } } as PlanNode;
  return beyondOffer({ version: 1, pipeline: "p", params: {}, sources: {}, nodes: [node], outputs: {} }, offer);
}

test("a stage that asks for more than any worker has is named, with what there is", () => {
  expect(issuesOf({ cpus: 4, gpus: 1 })).toEqual([]);
  expect(issuesOf({ gpus: 8 })).toMatchObject([
    { code: "resources-lacking", message: "train asks for 8 GPUs, and its workers have 1 GPU", path: ["p", "train", "resources"] },
  ]);
  expect(issuesOf({ cpus: 16 })).toMatchObject([{ message: "train asks for 16 CPUs, and its workers have 4 CPUs" }]);
});
