import type { Client } from "@temporalio/client";
import type { RunProgress } from "../../workflows/protocol.ts";
import { failLeftAttempts } from "../attempts/open-attempts.ts";
import { openOn } from "../connection/task-queue.ts";
import type { WorkerFolder } from "./worker-folder.ts";

/** How many runs are replayed ahead: the newest ones, because a server may have any number open. */
const REPLAYED_AHEAD = 16;

/** Take over from dead workers of this home: no run waits for them any longer, and their attempts fail at once. */
export async function takeOverDeadWorkers(client: Client, dead: readonly WorkerFolder[], taskQueue: string): Promise<void> {
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
 * Otherwise it offers their next tasks to the dead worker first, until that has not polled for ten seconds.
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
    // a run that ended meanwhile, or a server that does not allow it: the wait is bounded anyway
  }
}

/**
 * Have the open runs of a queue replayed by a polling worker while it runs their stages; otherwise each run pauses for the replay when its first stage ends.
 *
 * A replay takes a tenth of a second in a process that has not run workflow code before.
 */
export async function replayAhead(client: Client, taskQueue: string): Promise<void> {
  const { namespace } = client.options;
  const query = `${openOn(taskQueue)} AND CrisolStatus = "running"`;
  try {
    const { executions } = await client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: REPLAYED_AHEAD });
    for (const { execution } of executions) {
      // a run that has ended, or does not replay here, is reported elsewhere
      await client.workflow
        .getHandle(execution?.workflowId ?? "")
        .query<RunProgress>("progress")
        .catch(() => undefined);
    }
  } catch {
    // a server that does not allow it: the runs are replayed when they continue
  }
}
