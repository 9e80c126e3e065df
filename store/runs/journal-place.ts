import type { LogPlace } from "./checked-lines.ts";
import type { DoneRanges } from "./done-ranges.ts";
import type { SeriesPlace } from "./series/metric-series.ts";

/** A place in a run's journal: what was read lies before it. It moves on as the journal is read. */
export interface JournalPlace {
  /** In the log of events. */
  readonly log: LogPlace;
  /** Which shards of each mapped node are done, according to the events before it. */
  readonly shards: Map<string, DoneRanges>;
  /** In the series of each node whose progress is followed. */
  readonly series: Map<string, SeriesPlace>;
}

/** The beginning of a journal. */
export function journalStart(): JournalPlace {
  return { log: { offset: 0 }, shards: new Map(), series: new Map() };
}
