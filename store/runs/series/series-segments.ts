import type { Backend } from "../../objects/backend.ts";

/** A part of a series: an object with the points from one number on. */
export interface Segment {
  readonly name: string;
  /** The number of its first point, and that of the first point of the last segment that was merged into it. */
  readonly from: number;
  readonly through: number;
  /** How often its points were thinned; 0: they are whole. */
  readonly level: number;
}

/** The name of a segment: "0000000000-0000005600.1.jsonl". */
export function segmentName(folder: string, { from, through, level }: Omit<Segment, "name">): string {
  return `${folder}/${padded(from)}-${padded(through)}.${level}.jsonl`;
}

/** The segments of a series in order, and those that are covered by a thinned one: a kill kept them from being deleted. */
export async function segmentsOf(backend: Backend, folder: string): Promise<{ readonly segments: Segment[]; readonly covered: Segment[] }> {
  const all: Segment[] = [];
  for await (const page of backend.list(folder)) all.push(...page.flatMap(parsed));
  const isCovered = (segment: Segment) =>
    all.some(({ level, from, through }) => level > segment.level && from <= segment.from && segment.from <= through);
  return {
    segments: all.filter((segment) => !isCovered(segment)).sort((a, b) => a.from - b.from || b.level - a.level),
    covered: all.filter(isCovered),
  };
}

function parsed(name: string): Segment[] {
  const [, from, through, level] = /\/(\d+)-(\d+)\.(\d+)\.jsonl$/.exec(name) ?? [];
  return level === undefined ? [] : [{ name, from: Number(from), through: Number(through), level: Number(level) }];
}

function padded(number: number): string {
  return String(number).padStart(12, "0");
}
