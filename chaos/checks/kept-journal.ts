import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JournalEvent } from "../../schemas/event.ts";
import { RunJournal } from "../../store/runs/run-journal.ts";
import type { Store } from "../../store/store.ts";

/** A run's journal as it was kept. */
export interface KeptJournal {
  readonly events: readonly JournalEvent[];
  /** Number of lines torn by a kill, which are skipped. */
  readonly torn: number;
}

/** Read the journal of a run whole. */
export async function keptJournal(store: Store, runId: string): Promise<KeptJournal> {
  const path = join(store.folder, "runs", runId, "events.jsonl");
  const events = await Array.fromAsync(new RunJournal(path).read());
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  return { events, torn: lines.length - events.length };
}
