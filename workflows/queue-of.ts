import type { Resources } from "../schemas/plan.ts";

/** A task queue of a home, named by what its workers offer: the name is `<prefix>-<queue>`. */
export type Queue = "cpu" | "gpu";

/** Every queue, in the order in which a run looks at them. */
export const queues: readonly Queue[] = ["cpu", "gpu"];

/** The queue for a stage's resources. Histories hold plans as they were made: those of version 0.1.0 named the queue itself. */
export function queueOf(resources: Resources | { readonly queue: Queue }): Queue {
  if ("queue" in resources) return resources.queue;
  return resources.gpus > 0 ? "gpu" : "cpu";
}
