import { connectionSettings } from "../../connection/settings/connection.ts";
import type { Config } from "../../connection/settings/define.ts";
import { openOn, taskQueueOf } from "../../connection/task-queue.ts";
import type { Home } from "../../home.ts";

/**
 * Whether the server has anything for a home's worker to do, now or later: a running run, or a schedule. A blocked or paused run waits for its user,
 * and the command that resumes it starts the services.
 */
export async function hasOpenWork(home: Home, config: Config, address: string): Promise<boolean> {
  const { Client, Connection } = await import("@temporalio/client");
  const settings = await connectionSettings(config, address);
  const connection = await Connection.connect({ ...settings, connectTimeout: 5000 });
  try {
    const client = new Client({ connection, namespace: config.namespace });
    const query = openOn(`${taskQueueOf(home.folder, config)}-cpu`);
    const [open, resting] = await Promise.all([
      client.workflow.count(query),
      client.workflow.count(`${query} AND CrisolStatus IN ("blocked", "paused")`),
    ]);
    if (open.count > resting.count) return true;
    for await (const schedule of client.schedule.list()) if (!schedule.state.paused) return true;
    return false;
  } finally {
    await connection.close();
  }
}
