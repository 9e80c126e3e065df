import { expect, test } from "vitest";
import { MemoryBackend } from "../../objects/memory-backend.ts";
import { MetricSeries } from "./metric-series.ts";
import type { SeriesPoint, WholePoint } from "./series-point.ts";
import { SeriesReader } from "./series-readers.ts";
import { segmentsOf } from "./series-segments.ts";

const folder = "runs/a/series/train";
const loss = (done: number): number => (done === 5_000 ? 99 : done === 6_001 ? -7 : 3);
const point = (done: number): WholePoint => ({
  at: new Date(Date.parse("2026-11-24T12:00:00Z") + done * 500).toISOString(),
  progress: { done, total: 1_000_000, unit: "steps", rate: 2, metrics: { loss: loss(done), rate: 0.001 } },
});

async function report(series: MetricSeries, from: number, to: number): Promise<void> {
  for (let done = from; done < to; done += 50)
    await series.append(Array.from({ length: Math.min(50, to - done) }, (_, index) => point(done + index)));
}

async function bytes(backend: MemoryBackend): Promise<number> {
  let sum = 0;
  for await (const page of backend.list(folder)) for (const name of page) sum += (await backend.stat(name))?.bytes ?? 0;
  return sum;
}

/** How many points were reported, according to what is left of them. */
function counted(points: readonly SeriesPoint[]): number {
  return points.reduce((sum, each) => sum + ("count" in each ? each.count : 1), 0);
}

test("recent points are whole, older ones thinned by least and most: nothing extreme is lost, and it stays small", async () => {
  const backend = new MemoryBackend();
  const series = new MetricSeries(backend, folder);
  await report(series, 0, 40_000);
  const points = await Array.fromAsync(series.points());
  expect(counted(points)).toBe(40_000);
  expect(points.at(-1)).toEqual(point(39_999));
  expect(points.slice(-4_000).every((each) => !("count" in each))).toBe(true);
  const ends = points.map(({ progress }) => progress.done);
  expect(ends).toEqual(ends.toSorted((a, b) => a - b));
  const thinned = points.filter((each) => "count" in each);
  const [least, most] = [0, 1].map((which) => thinned.map(({ metrics }) => metrics.loss?.[which] ?? Number.NaN));
  expect([Math.min(...(least ?? [])), Math.max(...(most ?? []))]).toEqual([-7, 99]);
  // whole, 40,000 points take 7 million bytes
  const size = await bytes(backend);
  expect(size).toBeLessThan(3_500_000);
  await report(series, 40_000, 60_000);
  expect(await bytes(backend)).toBeLessThan(size + 1_500_000);
});

test("a series goes on where another process left it", async () => {
  const backend = new MemoryBackend();
  await report(new MetricSeries(backend, folder), 0, 700);
  await report(new MetricSeries(backend, folder), 700, 30_000);
  await report(new MetricSeries(backend, folder), 30_000, 30_010);
  const points = await Array.fromAsync(new MetricSeries(backend, folder).points());
  expect([counted(points), points.at(-1)?.progress.done]).toEqual([30_010, 30_009]);
});

test("points that a reader still wants are not thinned until it has read them, or is gone", async () => {
  const backend = new MemoryBackend();
  const series = new MetricSeries(backend, folder);
  const reader = new SeriesReader(backend, folder);
  const place = { from: 0, offset: 0 };
  await reader.isAt(place.from);
  await report(series, 0, 30_000);
  const read = await Array.fromAsync(series.since(place));
  expect(read).toEqual(Array.from({ length: 30_000 }, (_, done) => point(done)));
  await reader.isAt(place.from);
  await report(series, 30_000, 40_000);
  expect((await Array.fromAsync(series.points())).length).toBeLessThan(30_000);
  expect(await Array.fromAsync(series.since(place))).toEqual(Array.from({ length: 10_000 }, (_, index) => point(30_000 + index)));
  await reader.leave();
  expect((await Array.fromAsync(backend.list(`${folder}/readers`))).flat()).toEqual([]);
});

test("a place at the end sees only what comes", async () => {
  const backend = new MemoryBackend();
  const series = new MetricSeries(backend, folder);
  expect(await series.end()).toEqual({ from: 0, offset: 0 });
  await report(series, 0, 2_000);
  const place = await series.end();
  expect(await Array.fromAsync(series.since(place))).toEqual([]);
  await report(series, 2_000, 2_003);
  expect((await Array.fromAsync(series.since(place))).map(({ progress }) => progress.done)).toEqual([2_000, 2_001, 2_002]);
});

test("segments that a kill left beside the one they were thinned into count once, and go away", async () => {
  const backend = new MemoryBackend();
  const series = new MetricSeries(backend, folder);
  const removed: [string, Buffer][] = [];
  const { remove } = backend;
  backend.remove = async (name) => {
    const found = await backend.read(name);
    if (found !== undefined && name.endsWith(".jsonl")) removed.push([name, found.contents]);
    await remove.call(backend, name);
  };
  await report(series, 0, 25_000);
  expect(removed.length).toBeGreaterThan(8);
  backend.remove = remove.bind(backend);
  // the kill came after some of them were deleted
  for (const [name, contents] of removed.slice(3, 8)) await backend.publish(name, contents);
  expect(counted(await Array.fromAsync(series.points()))).toBe(25_000);
  await report(series, 25_000, 35_000);
  expect((await segmentsOf(backend, folder)).covered).toEqual([]);
  expect(counted(await Array.fromAsync(series.points()))).toBe(35_000);
});
