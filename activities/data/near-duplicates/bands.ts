/** Locality-sensitive hashing: which documents are worth comparing. */
import { permutations } from "./signatures.ts";

/** The chance that a pair just at the threshold shares no band, and so is never compared. */
const mostMissed = 5e-3;

/** How a signature is cut: documents that agree in all rows of one band are candidates. */
export interface Banding {
  readonly bands: number;
  readonly rows: number;
}

/**
 * The banding for a threshold: the most rows per band with which at most five in a thousand pairs just at the threshold are missed
 * (pairs above it are missed less often).
 *
 * A pair of Jaccard similarity s shares a band with probability 1 - (1 - s^rows)^bands. False candidates only cost time: each is verified.
 *
 * @see Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4.2
 */
export function bandingFor(threshold: number): Banding {
  for (let rows = 16; rows > 1; rows -= 1) {
    const bands = Math.floor(permutations / rows);
    if ((1 - threshold ** rows) ** bands <= mostMissed) return { bands, rows };
  }
  return { bands: permutations, rows: 1 };
}

/**
 * How much of two signatures must agree for a pair to be verified: four standard deviations below the threshold, so that about one in
 * 30,000 pairs just at the threshold is missed.
 */
export function leastAgreement(threshold: number): number {
  return Math.max(0, threshold - 4 * Math.sqrt((threshold * (1 - threshold)) / permutations));
}
