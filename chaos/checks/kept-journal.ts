import { JournalEvent } from "../../schemas/event.ts";
import { checkedLines } from "../../store/runs/checked-lines.ts";
import { runFiles } from "../../store/runs/run-files.ts";
import type { Store } from "../../store/store.ts";

/** A run's journal as it was kept. */
export interface KeptJournal {
  readonly events: readonly JournalEvent[];
  /** Number of lines torn by a kill, which are skipped. */
  readonly torn: number;
}

/** Read the log of a run's journal whole. */
export async function keptJournal({ objects }: Store, runId: string): Promise<KeptJournal> {
  const { log } = runFiles(runId);
  const events = (await Array.fromAsync(checkedLines(objects, log, { offset: 0 }))).map((line) => JournalEvent.parse(line));
  const lines = ((await objects.readText(log)) ?? "").split("\n").filter((line) => line !== "");
  return { events, torn: lines.length - events.length };
}
