const dimensions = 64;

/** How often the words of a text fall into each of 64 buckets, as shares. */
export function wordVector(text: string): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  for (const word of words) {
    let hash = 0;
    for (const character of word) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
    vector[hash % dimensions] = (vector[hash % dimensions] ?? 0) + 1 / words.length;
  }
  return vector;
}

/** Number of the center that is nearest to a vector. */
export function nearest(centers: readonly (readonly number[])[], vector: readonly number[]): number {
  const distances = centers.map((center) => center.reduce((sum, x, index) => sum + (x - (vector[index] ?? 0)) ** 2, 0));
  return distances.indexOf(Math.min(...distances));
}

/** Each center moved to the middle of the vectors that are nearest to it. */
export function move(centers: readonly number[][], vectors: readonly number[][]): number[][] {
  const groups = Map.groupBy(vectors, (vector) => nearest(centers, vector));
  return centers.map((center, number) => {
    const group = groups.get(number) ?? [center];
    return center.map((_, index) => group.reduce((sum, vector) => sum + (vector[index] ?? 0), 0) / group.length);
  });
}
