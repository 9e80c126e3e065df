import type { Home } from "../home.ts";
import { livePollers } from "./live-pollers.ts";
import { connectionSettings } from "./settings/connection.ts";
import type { Config } from "./settings/define.ts";
import { taskQueueOf } from "./task-queue.ts";

/** The workers that poll a home's CPU queue on a server, by name; those of this machine that have ended are left out. */
export async function pollersOf(home: Home, config: Config, address: string): Promise<readonly string[]> {
  const { Connection } = await import("@temporalio/client");
  const settings = await connectionSettings(config, address);
  const connection = await Connection.connect({ ...settings, connectTimeout: 5000 });
  try {
    const queue = { namespace: config.namespace, name: `${taskQueueOf(home.folder, config)}-cpu`, type: "activity" } as const;
    return (await livePollers(connection.workflowService, queue)).map(({ identity }) => identity);
  } finally {
    await connection.close();
  }
}
