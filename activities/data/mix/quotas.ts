/** A difference between two products of floating-point numbers that means nothing. */
const NOTHING = 1e-9;

/**
 * How many documents to take of each part: as many as possible in the proportions of the weights, which is all of the part that is scarcest for its weight.
 *
 * @param counts documents of each part
 * @param weights as many, each above 0
 */
export function quotas(counts: readonly number[], weights: readonly number[]): number[] {
  const perWeight = Math.min(...counts.map((count, index) => count / (weights[index] ?? 1)));
  return counts.map((count, index) => Math.min(count, Math.floor(perWeight * (weights[index] ?? 1) * (1 + NOTHING))));
}

/**
 * The part whose turn it is: the one that is furthest behind its share, so that the proportions hold at every point of the mixture.
 *
 * @returns undefined when every part has given its quota.
 */
export function nextPart(given: readonly number[], of: readonly number[]): number | undefined {
  let next: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, quota] of of.entries()) {
    const written = given[index] ?? 0;
    const behind = (written + 0.5) / quota;
    if (written >= quota || behind >= least) continue;
    [next, least] = [index, behind];
  }
  return next;
}
