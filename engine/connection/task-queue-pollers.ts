import type { Home } from "../home.ts";
import { livePollers } from "./live-pollers.ts";
import { connectionSettings } from "./settings/connection.ts";
import type { Config } from "./settings/define.ts";
import { taskQueueOf } from "./task-queue.ts";

/** The workers that poll a queue of a home's on a server, by name; those of this machine that have ended are left out. */
export async function pollersOf(
  home: Home,
  config: Config,
  { address, queue = "cpu" }: { readonly address: string; readonly queue?: Config["queues"][number] },
): Promise<readonly string[]> {
  const { Connection } = await import("@temporalio/client");
  const settings = await connectionSettings(config, address);
  const connection = await Connection.connect({ ...settings, connectTimeout: 5000 });
  try {
    const name = `${taskQueueOf(home.folder, config)}-${queue}`;
    return (await livePollers(connection.workflowService, { namespace: config.namespace, name, type: "activity" })).map(
      ({ identity }) => identity,
    );
  } finally {
    await connection.close();
  }
}
