import type { Issue } from "../schemas/issue.ts";
import type { Offer, Plan, Resources } from "../schemas/plan.ts";

/** What a worker lacks for a stage, in words; undefined if it has enough. */
export function lackOf({ cpus, gpus }: Resources, offer: Partial<Offer>): string | undefined {
  if (offer.gpus !== undefined && gpus > offer.gpus)
    return `asks for ${amount(gpus, "GPU")}, and its workers have ${amount(offer.gpus, "GPU")}`;
  if (offer.cpus !== undefined && cpus > offer.cpus)
    return `asks for ${amount(cpus, "CPU")}, and its workers have ${amount(offer.cpus, "CPU")}`;
  return undefined;
}

/** What to do about that. */
export const lackFix =
  "ask for less in the stage's `resources`; or run it where there is more, and let temporal.config.ts say so: `slots` (CPUs), `gpuSlots` (GPUs), `queues`";

/** The stages of a plan for which no worker would ever have enough: their run would wait for ever. */
export function beyondOffer({ nodes, pipeline }: Plan, offer: Offer): Issue[] {
  return nodes.flatMap(({ name, resources }) => {
    const lack = lackOf(resources, offer);
    return lack === undefined
      ? []
      : [{ code: "resources-lacking", message: `${name} ${lack}`, path: [pipeline, name, "resources"], fix: lackFix }];
  });
}

function amount(count: number, what: string): string {
  return `${count === 0 ? "no" : count} ${what}${count === 1 ? "" : "s"}`;
}
