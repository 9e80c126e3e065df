import { ActivityCancellationType, ApplicationFailure, proxyActivities } from "@temporalio/workflow";
import type { RunBatch, RunShards } from "./protocol.ts";
import type { Queue } from "./queue-of.ts";

/** How an activity is named in Temporal's own view, and where it runs. */
export interface StageProxyOptions {
  /** Prefix of the task queues. */
  readonly queue: string;
  readonly resource: Queue;
  readonly stage: string;
  /** What it is about, in a line. */
  readonly summary: string;
}

/** The activity of a stage, which runs nodes, or shards of one. */
export function stageProxy(options: StageProxyOptions): RunBatch & RunShards {
  const activity = proxyActivities<Record<string, RunBatch & RunShards>>({
    taskQueue: `${options.queue}-${options.resource}`,
    // a stage's own time is kept by its worker, which knows when it got a host
    startToCloseTimeout: "1000 days",
    heartbeatTimeout: "10 seconds",
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    // attempts are counted where they fail, so that those lost with their worker don't count
    retry: { initialInterval: "1 second", backoffCoefficient: 2, maximumInterval: "1 minute" },
    summary: options.summary.slice(0, 200),
  })[options.stage];
  if (activity === undefined) throw ApplicationFailure.nonRetryable(`no activity for stage '${options.stage}'`);
  return activity;
}
