import { JournalEvent } from "../../schemas/event.ts";
import { checkedLines } from "../../store/runs/checked-lines.ts";
import { runFiles } from "../../store/runs/run-files.ts";
import type { Store } from "../../store/store.ts";

/** A run's journal as it was kept. */
export interface KeptJournal {
  /** In the order of the log, with the progress that was reported where it belongs by its time. */
  readonly events: readonly JournalEvent[];
  /** Number of lines torn by a kill, which are skipped. */
  readonly torn: number;
}

/** Read the journal of a run whole. */
export async function keptJournal({ objects, runs }: Store, runId: string): Promise<KeptJournal> {
  const { log } = runFiles(runId);
  const logged = (await Array.fromAsync(checkedLines(objects, log, { offset: 0 }))).map((line) => JournalEvent.parse(line));
  const lines = ((await objects.readText(log)) ?? "").split("\n").filter((line) => line !== "");
  const reported: JournalEvent[] = [];
  for (const node of new Set(logged.flatMap((event) => (event.type === "attempt" ? [event.node] : [])))) {
    for await (const { at, progress } of runs.metrics(runId, node)) reported.push({ type: "progress", at, node, progress });
  }
  return { events: merged(logged, reported), torn: lines.length - logged.length };
}

/** Logged events in their order, each behind what was reported before its time. */
function merged(logged: readonly JournalEvent[], reported: readonly JournalEvent[]): JournalEvent[] {
  const waiting = reported.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const before = (at: string) => waiting.splice(0, waiting.findIndex((event) => Date.parse(event.at) >= Date.parse(at)) >>> 0);
  return [...logged.flatMap((event) => [...before(event.at), event]), ...waiting];
}
