import { z } from "zod";
import { Progress } from "../../schemas/event.ts";
import { RunState } from "../../schemas/run-state.ts";
import { fromCheckedText, toCheckedText } from "../../system/files/checked-text.ts";
import type { Backend } from "../objects/backend.ts";
import { DoneRanges } from "./done-ranges.ts";
import { journalStart } from "./journal-place.ts";
import { readWithoutBlocking } from "./read-without-blocking.ts";
import type { PlacedView } from "./run-fold.ts";

/** A snapshot is written when reading went on for this many bytes of the log behind the last one. */
const snapshotEveryBytes = 1 << 18;

const Snapshot = z.object({
  /** The place in the log, in bytes. */
  offset: z.int().nonnegative(),
  state: RunState,
  shards: z.record(z.string(), DoneRanges),
  /** Logs of older versions have progress in them. */
  progress: z.record(z.string(), Progress),
});

/** A view of a run up to some place in its log, so that what came before need not be read again; losing it costs time only. */
export class RunSnapshot {
  readonly #backend: Backend;
  readonly #name: string;

  constructor(backend: Backend, name: string) {
    this.#backend = backend;
    this.#name = name;
  }

  /** The last view that was kept; undefined if there is none, or the log is shorter than it was then. */
  async read(logBytes: number): Promise<PlacedView | undefined> {
    const { data } = Snapshot.safeParse(fromCheckedText((await readWithoutBlocking(this.#backend, this.#name)) ?? ""));
    if (data === undefined || data.offset > logBytes) return undefined;
    const { offset, state, shards, progress } = data;
    const place = { ...journalStart(), log: { offset }, shards: new Map(Object.entries(shards)) };
    return { state, progress: new Map(Object.entries(progress)), place };
  }

  /** Keep a view, if it is far enough from where its reading began (bytes of the log). */
  async keep({ state, progress, place }: PlacedView, from: number): Promise<void> {
    const { offset } = place.log;
    if (offset - from < snapshotEveryBytes || state.nodes.length === 0) return;
    const snapshot: z.input<typeof Snapshot> = {
      offset,
      state,
      shards: Object.fromEntries(place.shards),
      progress: Object.fromEntries(progress),
    };
    // a reader of a store that it may not write to reads on without it
    await this.#backend.overwrite(this.#name, toCheckedText(snapshot)).catch(() => undefined);
  }
}
