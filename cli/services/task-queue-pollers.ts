import { hostname } from "node:os";
import { identityOf } from "../../store/process-identity.ts";
import { connectionSettings } from "../config/connection.ts";
import type { Config } from "../config/define.ts";
import { taskQueueOf } from "../worker/task-queue.ts";
import type { Home } from "./home.ts";

const TASK_QUEUE_TYPE_ACTIVITY = 2;
/** An idle worker asks once a minute; the server remembers it for five. Milliseconds. */
const ASKED_WITHIN = 75_000;

/** The workers that poll a home's CPU queue at a server, by their names; those of this machine that have ended are left out. */
export async function pollersOf(home: Home, config: Config, address: string): Promise<readonly string[]> {
  const { Connection } = await import("@temporalio/client");
  const settings = await connectionSettings(config, address);
  const connection = await Connection.connect({ ...settings, connectTimeout: 5000 });
  try {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace: config.namespace,
      taskQueue: { name: `${taskQueueOf(home.folder, config)}-cpu` },
      taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
    });
    return pollers.flatMap(({ identity, lastAccessTime }) => {
      const asked = Number(lastAccessTime?.seconds ?? 0) * 1000;
      return identity && Date.now() - asked < ASKED_WITHIN && !endedHere(identity) ? [identity] : [];
    });
  } finally {
    await connection.close();
  }
}

/** Whether a worker, whose name is PID@HOST as the SDK gives it, ran on this machine and is gone. */
function endedHere(identity: string): boolean {
  const [, pid, host] = /^(\d+)@(.+)$/.exec(identity) ?? [];
  return host === hostname() && identityOf(Number(pid)) === undefined;
}
