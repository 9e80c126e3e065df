import { hostname } from "node:os";
import type { Client } from "@temporalio/client";
import { identityOf } from "../../store/process-identity.ts";

const TASK_QUEUE_TYPE_WORKFLOW = 1;
/** An idle worker asks once a minute; the server remembers it for five. Milliseconds. */
const ASKED_WITHIN = 75_000;

/**
 * The versions of workflow code of which a worker polls a queue, as far as the server knows.
 *
 * A worker of this machine that has ended is left out, and so is this process.
 */
export async function liveVersions(client: Client, taskQueue: string): Promise<ReadonlyMap<string, number>> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: TASK_QUEUE_TYPE_WORKFLOW,
  });
  const workers = new Map<string, number>();
  for (const { identity, lastAccessTime, deploymentOptions } of pollers) {
    const asked = Number(lastAccessTime?.seconds ?? 0) * 1000;
    const version = deploymentOptions?.buildId;
    if (version && Date.now() - asked < ASKED_WITHIN && !isGone(identity ?? "")) workers.set(version, (workers.get(version) ?? 0) + 1);
  }
  return workers;
}

/** Whether a worker, whose name is PID@HOST as the SDK gives it, is this one, or ran on this machine and has ended. */
function isGone(identity: string): boolean {
  const [, pid, host] = /^(\d+)@(.+)$/.exec(identity) ?? [];
  return host === hostname() && (Number(pid) === process.pid || identityOf(Number(pid)) === undefined);
}
