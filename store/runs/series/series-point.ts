import { z } from "zod";
import { Progress } from "../../../schemas/event.ts";

/** The progress of a node at a moment, as it was reported. */
const WholePoint = z.object({ at: z.iso.datetime(), progress: Progress });

/** Several points in a row, thinned to one: the last progress, and the least and the most that each metric was. */
const ThinnedPoint = z.object({
  at: z.iso.datetime(),
  until: z.iso.datetime(),
  /** How many points were reported. */
  count: z.int().positive(),
  progress: Progress.omit({ metrics: true }),
  metrics: z.record(z.string(), z.tuple([z.number(), z.number()])),
});

/** A point of a series of metrics. */
export const SeriesPoint = z.union([ThinnedPoint, WholePoint]);
export type SeriesPoint = z.output<typeof SeriesPoint>;
export type WholePoint = z.output<typeof WholePoint>;
type ThinnedPoint = z.output<typeof ThinnedPoint>;

/** How many points in a row become one. */
export const thinnedBy = 8;

/** Points in order, each `thinnedBy` of them as one. */
export function thin(points: readonly SeriesPoint[]): SeriesPoint[] {
  return Array.from({ length: Math.ceil(points.length / thinnedBy) }, (_, index) =>
    merged(points.slice(index * thinnedBy, (index + 1) * thinnedBy).map(asThinned)),
  );
}

function asThinned(point: SeriesPoint): ThinnedPoint {
  if ("count" in point) return point;
  const { metrics = {}, ...progress } = point.progress;
  const both = Object.entries(metrics).map(([name, value]): [string, [number, number]] => [name, [value, value]]);
  return { at: point.at, until: point.at, count: 1, progress, metrics: Object.fromEntries(both) };
}

function merged(points: readonly ThinnedPoint[]): ThinnedPoint {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) throw new Error("no points to merge");
  const metrics = new Map<string, [number, number]>();
  for (const point of points) {
    for (const [name, [least, most]] of Object.entries(point.metrics)) {
      const known = metrics.get(name) ?? [least, most];
      metrics.set(name, [Math.min(known[0], least), Math.max(known[1], most)]);
    }
  }
  const count = points.reduce((sum, point) => sum + point.count, 0);
  return { at: first.at, until: last.until, count, progress: last.progress, metrics: Object.fromEntries(metrics) };
}
