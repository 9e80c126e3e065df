import type { NodeStatus } from "../../../schemas/run-state.ts";
import type { NodeView } from "./run-view.ts";

/** What people look for first comes first. */
const RANKS: { readonly [S in NodeStatus]: number } = { failed: 0, running: 1, waiting: 2, done: 3, skipped: 4 };
/** How many losses make a curve, which takes a separate line. */
const CURVE_FROM = 3;

/** Whether a node's losses are drawn below it. */
export function hasCurve({ node, losses }: NodeView): boolean {
  return node.status === "running" && losses.length >= CURVE_FROM;
}

/** The nodes that fit into a number of lines, in the order of the plan: what failed, runs or comes next is preferred to what is done. */
export function shownNodes(nodes: readonly NodeView[], lines: number): NodeView[] {
  const ranked = nodes.map((shown, index) => ({ shown, index })).sort((a, b) => RANKS[a.shown.node.status] - RANKS[b.shown.node.status]);
  let left = lines;
  const fitting = ranked.filter(({ shown }) => {
    left -= hasCurve(shown) ? 2 : 1;
    return left >= 0;
  });
  return fitting.sort((a, b) => a.index - b.index).map(({ shown }) => shown);
}

/** The count of nodes for which there was no room: "60 done, 3 waiting". */
export function tally(nodes: readonly NodeView[]): string {
  const statuses = Object.keys(RANKS) as NodeStatus[];
  const counts = statuses.map((status) => [nodes.filter(({ node }) => node.status === status).length, status] as const);
  return counts.flatMap(([count, status]) => (count === 0 ? [] : [`${count} ${status}`])).join(", ");
}
