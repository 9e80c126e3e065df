import type { Digest } from "../../schemas/digest.ts";
import type { JournalEvent } from "../../schemas/event.ts";

/**
 * Stages and shards that ran again though they were done: an attempt that began after the stage was done, or after its record was written; a shard
 * that is reported to have run twice.
 *
 * @param written when a key's record was written, in milliseconds since the epoch
 */
export function ranAgain(events: readonly JournalEvent[], written: (key: Digest) => number | undefined): string[] {
  const recorded = new Map<string, number>();
  for (const event of events) {
    if (event.type !== "node" || event.node.key === undefined) continue;
    const at = written(event.node.key);
    if (at !== undefined) recorded.set(event.node.name, at);
  }
  const problems: string[] = [];
  const done = new Set<string>();
  const shards = new Map<string, Set<number>>();
  for (const event of events) {
    switch (event.type) {
      case "node":
        if (event.node.status === "done") done.add(event.node.name);
        break;
      case "attempt": {
        const record = recorded.get(event.node);
        if (done.has(event.node)) problems.push(`attempt ${event.attempt} of ${event.node} began after the stage was done`);
        else if (record !== undefined && Date.parse(event.at) > record)
          problems.push(`attempt ${event.attempt} of ${event.node} began ${Date.parse(event.at) - record} ms after its record was written`);
        break;
      }
      case "shards": {
        if (event.ran === false) break;
        const ran = shards.get(event.node) ?? new Set();
        shards.set(event.node, ran);
        for (let shard = event.from; shard < event.to; shard += 1) {
          if (ran.has(shard)) problems.push(`shard ${shard} of ${event.node} ran twice`);
          ran.add(shard);
        }
        break;
      }
      case "state":
      case "waits":
      case "attemptFailed":
      case "progress":
      case "log":
        break;
    }
  }
  return problems;
}
