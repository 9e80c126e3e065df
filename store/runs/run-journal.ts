import { setTimeout as sleep } from "node:timers/promises";
import { JournalEvent, Progress, type RunEvent } from "../../schemas/event.ts";
import { isOver } from "../../schemas/run-state.ts";
import { fromCheckedText, toCheckedText } from "../../system/files/checked-text.ts";
import type { Backend } from "../objects/backend.ts";
import { checkedLines, toCheckedLine } from "./checked-lines.ts";
import { readerEvent } from "./done-ranges.ts";
import type { JournalPlace } from "./journal-place.ts";
import { readWithoutBlocking } from "./read-without-blocking.ts";
import type { RunFiles } from "./run-files.ts";
import { foldEvent, type PlacedView } from "./run-fold.ts";
import { RunSnapshot } from "./run-snapshot.ts";
import { MetricSeries } from "./series/metric-series.ts";
import { SeriesReader } from "./series/series-readers.ts";

/** The longest pause between looks at a followed journal, in milliseconds, in case the system does not report that it grew. */
const lookEveryMs = 100;
/** The shortest pause, so that a busy run is not slowed down by its followers. */
const restBetweenLooksMs = 20;

type ProgressEvent = Extract<JournalEvent, { type: "progress" }>;

/**
 * What happened in one run: a log of events that any process may append to and follow, the last progress of each node, which is overwritten, and a
 * series of each node's metrics. Its length costs a reader nothing: a snapshot has the state up to some place in the log.
 *
 * A line that was torn by a kill, or altered since, is skipped; the truth about results is in the records.
 */
export class RunJournal {
  readonly #backend: Backend;
  readonly #files: RunFiles;
  readonly #snapshot: RunSnapshot;
  readonly #series = new Map<string, MetricSeries>();

  constructor(backend: Backend, files: RunFiles) {
    this.#backend = backend;
    this.#files = files;
    this.#snapshot = new RunSnapshot(backend, files.snapshot);
  }

  /**
   * Append events, in order and together; those that change the run's state survive a power cut.
   *
   * @throws CrisolError STORE_FULL, STORE_UNWRITABLE
   */
  async append(events: readonly JournalEvent[]): Promise<void> {
    const [progress, others] = [events.filter((event) => event.type === "progress"), events.filter(({ type }) => type !== "progress")];
    // first: an event may end its node, and a follower of the run then stops reading its progress
    for (const [node, points] of Map.groupBy(progress, (event) => event.node)) await this.#report(node, points);
    // what an earlier attempt reported says nothing about the next one
    for (const event of others) if (event.type === "attempt") await this.#backend.remove(this.#files.progress(event.node));
    if (others.length > 0) {
      const durable = others.some(({ type }) => type === "state");
      await this.#backend.appendLines(this.#files.log, others.map(toCheckedLine).join(""), { durable });
    }
  }

  /** The series of a node's metrics. */
  series(node: string): MetricSeries {
    const series = this.#series.get(node) ?? new MetricSeries(this.#backend, this.#files.series(node));
    this.#series.set(node, series);
    return series;
  }

  /** Events from a place on, which moves on with them. Progress is among them only in a log of an older version. */
  async *events(place: JournalPlace): AsyncGenerator<RunEvent> {
    for await (const line of checkedLines(this.#backend, this.#files.log, place.log)) {
      const { data } = JournalEvent.safeParse(line);
      if (data === undefined) continue;
      if (data.type === "attempt" && !place.series.has(data.node)) place.series.set(data.node, { from: 0, offset: 0 });
      if (data.type === "node" && data.node.status !== "running") place.series.delete(data.node.name);
      yield readerEvent(data, place.shards);
    }
  }

  /** Events from a place on, and then new ones as they come, with all progress of nodes at work, until the signal aborts. */
  async *follow(place: JournalPlace, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const changes = this.#backend.watch(this.#files.folder);
    const readers = new Map<string, SeriesReader>();
    try {
      while (!signal.aborted) {
        for await (const event of this.#news(place, readers)) {
          yield event;
          if (signal.aborted) return;
        }
        await sleep(restBetweenLooksMs, undefined, { signal }).catch(() => undefined);
        await changes.next(lookEveryMs, signal);
      }
    } finally {
      changes.close();
      for (const reader of readers.values()) await reader.leave();
    }
  }

  /**
   * The run's state, without the progress of its nodes.
   *
   * @param start its view without any events
   */
  async state(start: PlacedView): Promise<PlacedView> {
    const view = (await this.#snapshot.read(await this.#length())) ?? start;
    const from = view.place.log.offset;
    for await (const event of this.events(view.place)) foldEvent(view, event);
    await this.#snapshot.keep(view, from);
    return view;
  }

  /** Add the last progress of nodes at work to a view, and to its place the end of their series. */
  async addProgress(view: PlacedView): Promise<void> {
    if (isOver(view.state)) return;
    for (const { name, status } of view.state.nodes) {
      if (status !== "running") continue;
      const text = await readWithoutBlocking(this.#backend, this.#files.progress(name));
      const { data } = Progress.safeParse(fromCheckedText(text ?? ""));
      if (data !== undefined) view.progress.set(name, data);
      view.place.series.set(name, await this.series(name).end());
    }
  }

  async #length(): Promise<number> {
    return (await this.#backend.stat(this.#files.log))?.bytes ?? 0;
  }

  async #report(node: string, points: readonly ProgressEvent[]): Promise<void> {
    const last = points.at(-1);
    if (last === undefined) return;
    await this.#backend.overwrite(this.#files.progress(node), toCheckedText(last.progress));
    await this.series(node).append(points.map(({ at, progress }) => ({ at, progress })));
  }

  /** What came since the last look: progress first, since an event may end its node. */
  async *#news(place: JournalPlace, readers: Map<string, SeriesReader>): AsyncGenerator<RunEvent> {
    for (const [node, at] of place.series) {
      const reader = readers.get(node) ?? new SeriesReader(this.#backend, this.#files.series(node));
      readers.set(node, reader);
      await reader.isAt(at.from);
      for await (const point of this.series(node).since(at)) yield { type: "progress", at: point.at, node, progress: point.progress };
    }
    yield* this.events(place);
    for (const [node, reader] of readers) {
      if (place.series.has(node)) continue;
      await reader.leave();
      readers.delete(node);
    }
  }
}
