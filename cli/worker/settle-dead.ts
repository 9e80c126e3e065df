import type { Client } from "@temporalio/client";
import { failLeftAttempts } from "../../activities/open-attempts.ts";
import type { RunProgress } from "../../workflows/protocol.ts";
import { openOn } from "./task-queue.ts";
import type { WorkerFolder } from "./worker-folder.ts";

/** Runs that are replayed before anything happens in them: the newest, for there is no end to what a server may have open. */
const REPLAYED_AHEAD = 16;

/** Take over what workers of this home left that are no more: no run waits for them, and their attempts fail at once. */
export async function settleDead(client: Client, dead: readonly WorkerFolder[], taskQueue: string): Promise<void> {
  if (dead.length === 0) return;
  await forgetStickyWorkers(client, taskQueue);
  for (const folder of dead) {
    await failLeftAttempts(client, folder.attempts);
    await folder.remove();
  }
}

/**
 * Tell the server that no worker has the open runs of a queue in memory.
 *
 * Else it offers their next tasks to the dead one first, until that has not polled for ten seconds.
 */
async function forgetStickyWorkers({ workflowService, options: { namespace } }: Client, taskQueue: string): Promise<void> {
  const query = openOn(taskQueue);
  let nextPageToken: Uint8Array | undefined;
  try {
    do {
      const page = await workflowService.listWorkflowExecutions({ namespace, query, ...(nextPageToken && { nextPageToken }) });
      await Promise.all(
        page.executions.map(async ({ execution }) => execution && (await workflowService.resetStickyTaskQueue({ namespace, execution }))),
      );
      nextPageToken = page.nextPageToken;
    } while (nextPageToken.length > 0);
  } catch {
    // a run that ended meanwhile, or a server that does not let us: the wait is bounded anyway
  }
}

/**
 * Have the runs under way of a queue replayed by a worker that polls, while it runs their stages; else each stands still for that when its first stage ends.
 *
 * It takes a tenth of a second where a process has not run workflow code before.
 */
export async function replayAhead(client: Client, taskQueue: string): Promise<void> {
  const { namespace } = client.options;
  const query = `${openOn(taskQueue)} AND CrisolStatus = "running"`;
  try {
    const { executions } = await client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: REPLAYED_AHEAD });
    for (const { execution } of executions) {
      // one that has ended, or does not replay here: whoever waits for it is told elsewhere
      await client.workflow
        .getHandle(execution?.workflowId ?? "")
        .query<RunProgress>("progress")
        .catch(() => undefined);
    }
  } catch {
    // a server that does not let us: the runs are replayed when they go on
  }
}
