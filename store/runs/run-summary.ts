import { z } from "zod";
import { type RunState, RunStatus } from "../../schemas/run-state.ts";
import type { Run } from "./run.ts";

/** What a list of runs shows of one. */
export const RunSummary = z.object({
  runId: z.string(),
  pipeline: z.string(),
  status: RunStatus,
  startedAt: z.iso.datetime(),
  /** How many stages it has, how many of them are done, and how many of these were cached. */
  stages: z.int().nonnegative(),
  done: z.int().nonnegative(),
  cached: z.int().nonnegative(),
});
export type RunSummary = z.output<typeof RunSummary>;

export function summaryOf({ runId, pipeline, startedAt }: Run, { status, nodes }: RunState): RunSummary {
  const done = nodes.filter((node) => node.status === "done");
  return {
    runId,
    pipeline,
    status,
    startedAt,
    stages: nodes.length,
    done: done.length,
    cached: done.filter(({ cached }) => cached).length,
  };
}
