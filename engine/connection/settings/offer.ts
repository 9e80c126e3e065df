import { availableParallelism } from "node:os";
import type { Offer } from "../../../schemas/plan.ts";
import type { Config } from "./define.ts";

/** What a worker with these settings offers on this machine: a CPU slot for each core, at least two, and GPUs if it polls their queue. */
export function offerOf({ slots, gpuSlots, queues }: Pick<Config, "slots" | "gpuSlots" | "queues">): Offer {
  return { cpus: slots ?? Math.max(2, availableParallelism()), gpus: queues.includes("gpu") ? gpuSlots : 0 };
}
