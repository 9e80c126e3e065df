import type { JournalEvent, RunEvent, ShardsDone } from "../../schemas/event.ts";

/** A journal's events as readers see them, from a given number on: what workers report on shards is summed up as progress of their node. */
export async function* readerEvents(events: AsyncIterable<JournalEvent>, from = 0): AsyncGenerator<RunEvent> {
  const nodes = new Map<string, DoneRanges>();
  let number = 0;
  for await (const event of events) {
    const shown = event.type === "shards" ? progressOf(event, nodes) : event;
    if (number >= from) yield shown;
    number += 1;
  }
}

function progressOf(event: ShardsDone, nodes: Map<string, DoneRanges>): RunEvent {
  const { at, node, of: total } = event;
  const known = nodes.get(node);
  const ranges = known?.total === total ? known : new DoneRanges(total);
  nodes.set(node, ranges);
  ranges.add(event.from, event.to);
  return { type: "progress", at, node, progress: { done: ranges.done, total, unit: "shards" } };
}

/** Which of a row of numbers are done, from ranges that may overlap and come in any order. */
class DoneRanges {
  readonly total: number;
  /** Disjoint, in order. */
  #ranges: { from: number; to: number }[] = [];

  constructor(total: number) {
    this.total = total;
  }

  get done(): number {
    return this.#ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  add(from: number, to: number): void {
    const touching = this.#ranges.filter((range) => range.from <= to && from <= range.to);
    const whole = { from: Math.min(from, ...touching.map((range) => range.from)), to: Math.max(to, ...touching.map((range) => range.to)) };
    this.#ranges = [...this.#ranges.filter((range) => !touching.includes(range)), whole].sort((a, b) => a.from - b.from);
  }
}
