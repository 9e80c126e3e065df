/**
 * Batches: nodes that travel in one activity. Records make that safe, for a batch that is lost repeats nothing that has one; and a stage that turns
 * out to be long gives the rest of its batch back. So nothing needs to be known about the stages beforehand.
 */
import type { PlanNode } from "../schemas/plan.ts";
import { type Interpretation, ready, turnOf } from "./interpreter.ts";
import { type Queue, queueOf, queues } from "./queue-of.ts";

/** Nodes of a batch: its task and its result stay far below what a payload may have. */
export const LARGEST_BATCH = 64;

/** Nodes for one activity, in the order to run them. */
export interface Batch {
  readonly queue: Queue;
  readonly nodes: readonly PlanNode[];
}

/**
 * Put every node that can run now into a batch, together with nodes that need nothing but what comes before them in that batch.
 *
 * @param free how many batches should run at once on each queue, at least; there are more if one would be too large.
 */
export function batches(state: Interpretation, free: Readonly<Record<Queue, number>>): Batch[] {
  const able = ready(state);
  return queues.flatMap((queue) => {
    const here = able.filter((node) => queueOf(node.resources) === queue);
    const alone = here.filter((node) => state.slow.has(node.stage));
    const together = here.filter((node) => !state.slow.has(node.stage));
    const lanes = Math.max(Math.min(together.length, Math.max(1, free[queue])), Math.ceil(together.length / LARGEST_BATCH));
    const shared = Array.from({ length: lanes }, (_, lane) =>
      together.slice(Math.floor((lane * together.length) / lanes), Math.floor(((lane + 1) * together.length) / lanes)),
    );
    return [...alone.map((node) => [node]), ...withFollowers(state, queue, shared)].map((nodes) => ({ queue, nodes }));
  });
}

/** Let nodes whose inputs are all done, or before them in one batch, join that batch. */
function withFollowers(state: Interpretation, queue: Queue, lanes: readonly (readonly PlanNode[])[]): PlanNode[][] {
  const filled = lanes.map((nodes) => [...nodes]);
  const laneOf = new Map(filled.flatMap((nodes) => nodes.map((node) => [node.name, nodes] as const)));
  for (const node of state.plan.nodes) {
    if (laneOf.has(node.name) || queueOf(node.resources) !== queue || state.slow.has(node.stage)) continue;
    if (turnOf(state, node.name) !== "waiting") continue;
    const makers = node.inputs.flatMap(({ from }) => ("node" in from && turnOf(state, from.node) !== "done" ? [from.node] : []));
    const [lane, ...others] = new Set(makers.map((maker) => laneOf.get(maker)));
    if (lane === undefined || others.length > 0 || lane.length >= LARGEST_BATCH) continue;
    lane.push(node);
    laneOf.set(node.name, lane);
  }
  return filled;
}
