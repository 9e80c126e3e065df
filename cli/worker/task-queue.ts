import { resolve } from "node:path";
import { digestOf } from "../../schemas/digest.ts";

/** Prefix of a home's task queues: runs whose files lie in this home are for workers of this home. */
export function taskQueueOf(home: string): string {
  return `crisol-${digestOf(resolve(home)).slice(0, 12)}`;
}
