import { digestOf } from "../../../schemas/digest.ts";

/** The side of a cluster: validation when a number drawn only from the seed and the cluster's id is below the share. */
export function isValidation(cluster: string, seed: number, share: number): boolean {
  // 52 bits: as many as fit a double's fraction
  return Number.parseInt(digestOf(`split\n${seed}\n${cluster}`).slice(0, 13), 16) / 2 ** 52 < share;
}
