/** What a worker's workflow bundle holds. */
export { runPlan } from "./run-plan.ts";
export { runShards } from "./run-shards.ts";
