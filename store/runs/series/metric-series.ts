import type { Backend } from "../../objects/backend.ts";
import { checkedLines, toCheckedLine } from "../checked-lines.ts";
import { SeriesPoint, thin, thinnedBy, type WholePoint } from "./series-point.ts";
import { firstWanted } from "./series-readers.ts";
import { type Segment, segmentName, segmentsOf } from "./series-segments.ts";

/** A segment of this many bytes is full. */
const fullBytes = 1 << 17;
/** How many segments of each level are left as they are: the recent ones. */
const keptSegments = 8;

/** A place in a series: bytes into the segment that begins with a point. It moves on as the series is read. */
export interface SeriesPlace {
  from: number;
  offset: number;
}

/** The segment that is appended to. */
interface LastSegment {
  readonly name: string;
  readonly from: number;
  points: number;
  bytes: number;
}

/**
 * What a node has reported of its progress: recent points whole, older ones thinned by least and most, ever more with age.
 *
 * Segments, each an object: points are appended to the last one; when it is full, the oldest ones of a level are thinned into one of the next level.
 * So a series takes some megabytes, however long it goes on. Points that a reader still wants (`SeriesReader`) are left whole until it has passed.
 */
export class MetricSeries {
  readonly #backend: Backend;
  readonly #folder: string;
  /** The segment that this process appends to. */
  #last: LastSegment | undefined;

  /** @param folder where its objects are: "runs/x/series/train" */
  constructor(backend: Backend, folder: string) {
    this.#backend = backend;
    this.#folder = folder;
  }

  /** Append points, in order. */
  async append(points: readonly WholePoint[]): Promise<void> {
    const last = this.#last ?? (await this.#open());
    this.#last = last;
    const lines = points.map(toCheckedLine).join("");
    await this.#backend.appendLines(last.name, lines, { durable: false });
    last.points += points.length;
    last.bytes += Buffer.byteLength(lines);
    if (last.bytes < fullBytes) return;
    this.#last = this.#segment(last.from + last.points);
    await this.#thin();
  }

  /** All points, the oldest first. */
  async *points(): AsyncGenerator<SeriesPoint> {
    const { segments } = await segmentsOf(this.#backend, this.#folder);
    for (const { name } of segments) yield* this.#pointsOf(name, { offset: 0 });
  }

  /** Where the next point will be. */
  async end(): Promise<SeriesPlace> {
    const { segments } = await segmentsOf(this.#backend, this.#folder);
    const last = segments.at(-1);
    const from = last?.from ?? 0;
    return { from, offset: last === undefined ? 0 : ((await this.#backend.stat(last.name))?.bytes ?? 0) };
  }

  /** Points that were appended behind a place. */
  async *since(place: SeriesPlace): AsyncGenerator<SeriesPoint> {
    const { segments } = await segmentsOf(this.#backend, this.#folder);
    for (const { name, from, through } of segments) {
      if (through < place.from) continue;
      if (from !== place.from) Object.assign(place, { from, offset: 0 });
      yield* this.#pointsOf(name, place);
    }
  }

  async *#pointsOf(name: string, place: { offset: number }): AsyncGenerator<SeriesPoint> {
    for await (const line of checkedLines(this.#backend, name, place)) {
      const { data } = SeriesPoint.safeParse(line);
      if (data !== undefined) yield data;
    }
  }

  async #open(): Promise<LastSegment> {
    const { segments } = await segmentsOf(this.#backend, this.#folder);
    const last = segments.at(-1);
    if (last === undefined) return this.#segment(0);
    const points = (await Array.fromAsync(this.#pointsOf(last.name, { offset: 0 }))).length;
    if (last.level > 0) return this.#segment(last.through + points);
    return { ...this.#segment(last.from), points, bytes: (await this.#backend.stat(last.name))?.bytes ?? 0 };
  }

  #segment(from: number): LastSegment {
    return { name: segmentName(this.#folder, { from, through: from, level: 0 }), from, points: 0, bytes: 0 };
  }

  async #thin(): Promise<void> {
    const wanted = await firstWanted(this.#backend, this.#folder);
    for (let level = 0; ; level += 1) {
      const { segments, covered } = await segmentsOf(this.#backend, this.#folder);
      for (const { name } of covered) await this.#backend.remove(name);
      const mine = segments.filter((segment) => segment.level === level);
      if (mine.length === 0) return;
      const old = mine.slice(0, -keptSegments).filter(({ through }) => through < wanted);
      if (old.length >= thinnedBy) await this.#merge(old.slice(0, thinnedBy));
    }
  }

  /** Thin segments into one, and then delete them: a kill in between leaves them covered. */
  async #merge(segments: readonly Segment[]): Promise<void> {
    const [first, last] = [segments[0], segments.at(-1)];
    if (first === undefined || last === undefined) return;
    const points: SeriesPoint[] = [];
    for (const { name } of segments) points.push(...(await Array.fromAsync(this.#pointsOf(name, { offset: 0 }))));
    const merged = segmentName(this.#folder, { from: first.from, through: last.through, level: first.level + 1 });
    await this.#backend.publish(merged, thin(points).map(toCheckedLine).join(""));
    for (const { name } of segments) await this.#backend.remove(name);
  }
}
