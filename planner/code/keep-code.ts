import { canonicalJson } from "../../schemas/canonical-json.ts";
import { type Digest, digestOf } from "../../schemas/digest.ts";
import type { Plan } from "../../schemas/plan.ts";

/**
 * A plan that runs the code of an earlier one wherever that means the same: a run keeps the bytes that it began with, though files have moved since or
 * the bundler prints them in another way.
 */
export function keepCode(plan: Plan, before: Plan): { readonly plan: Plan; readonly digest: Digest } {
  const codes = new Map(before.nodes.flatMap(({ work, code }) => (work === undefined ? [] : [[work, code] as const])));
  const nodes = plan.nodes.map((node) => {
    const code = node.work === undefined ? undefined : codes.get(node.work);
    return code === undefined ? node : { ...node, code };
  });
  const kept = { ...plan, nodes };
  return { plan: kept, digest: digestOf(canonicalJson(kept)) };
}
