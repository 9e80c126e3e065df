import { z } from "zod";
import type { JournalEvent, RunEvent, ShardsDone } from "../../schemas/event.ts";

/** Which of a node's shards are done, `to` exclusive: disjoint ranges in order. */
export const DoneRanges = z.object({
  total: z.int().positive(),
  ranges: z.array(z.object({ from: z.int().nonnegative(), to: z.int().nonnegative() })),
});
export type DoneRanges = z.output<typeof DoneRanges>;

/** An event as readers see it: what workers report on shards is summed up, in `nodes`, as progress of their node. */
export function readerEvent(event: JournalEvent, nodes: Map<string, DoneRanges>): RunEvent {
  if (event.type !== "shards") return event;
  const { at, node, of: total } = event;
  const known = nodes.get(node);
  const done = withRange(known?.total === total ? known : { total, ranges: [] }, event);
  nodes.set(node, done);
  const count = done.ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  return { type: "progress", at, node, progress: { done: count, total, unit: "shards" } };
}

/** With one more range, which may overlap others and come in any order. */
function withRange({ total, ranges }: DoneRanges, { from, to }: Pick<ShardsDone, "from" | "to">): DoneRanges {
  const touching = ranges.filter((range) => range.from <= to && from <= range.to);
  const whole = { from: Math.min(from, ...touching.map((range) => range.from)), to: Math.max(to, ...touching.map((range) => range.to)) };
  return { total, ranges: [...ranges.filter((range) => !touching.includes(range)), whole].sort((a, b) => a.from - b.from) };
}
