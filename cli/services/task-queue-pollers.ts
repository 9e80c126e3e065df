import type { ConnectionSettings } from "../config/connection.ts";
import { taskQueueOf } from "../worker/task-queue.ts";
import type { Home } from "./home.ts";

const TASK_QUEUE_TYPE_ACTIVITY = 2;

/** How many workers the server has seen polling a home's CPU queue in the last minutes. */
export async function pollersOf(home: Home, settings: ConnectionSettings, namespace: string): Promise<number> {
  const { Connection } = await import("@temporalio/client");
  const connection = await Connection.connect({ ...settings, connectTimeout: 5000 });
  try {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name: `${taskQueueOf(home.folder)}-cpu` },
      taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
    });
    return pollers.length;
  } finally {
    await connection.close();
  }
}
