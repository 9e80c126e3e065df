import type { ArtifactRef } from "../schemas/artifact.ts";
import type { Digest } from "../schemas/digest.ts";
import { digestOfJson } from "../schemas/hash.ts";
import type { PlanNode } from "../schemas/plan.ts";
import type { Ingredients } from "../schemas/record.ts";

/**
 * Everything that decides the result of a node, once its inputs exist.
 *
 * @param inputs the artifacts it reads, in the order of `node.inputs`.
 * @throws TypeError when there are fewer or more artifacts than inputs.
 */
export function ingredientsOf(node: PlanNode, inputs: readonly ArtifactRef[]): Ingredients {
  if (inputs.length !== node.inputs.length) {
    throw new TypeError(`${node.name}: ${node.inputs.length} inputs declared, ${inputs.length} artifacts given`);
  }
  return {
    stage: node.stage,
    ...(node.work === undefined ? { code: node.code } : { work: node.work }),
    params: node.params,
    inputs: node.inputs.flatMap(({ port, many }, index) => {
      const input = inputs[index];
      return input === undefined ? [] : [{ port, content: input.content, ...(many === undefined ? {} : { many }) }];
    }),
    runtime: node.runtime,
  };
}

/** The identity of one computation: equal ingredients give equal keys, whatever the order of their members. */
export function keyOf(ingredients: Ingredients): Digest {
  return digestOfJson(ingredients);
}
