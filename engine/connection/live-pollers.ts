import { hostname } from "node:os";
import { identityOf } from "../../system/processes/process-identity.ts";

/** temporal.api.enums.v1.TaskQueueType */
const TYPES = { workflow: 1, activity: 2 } as const;
/** An idle worker asks once a minute; the server remembers it for five. Milliseconds. */
const ASKED_WITHIN_MS = 75_000;

/** The part of a Temporal server's client that describes a queue. */
interface TaskQueues {
  describeTaskQueue(request: { namespace: string; taskQueue: { name: string }; taskQueueType: number }): Promise<{
    readonly pollers: readonly {
      readonly identity?: string | null;
      readonly lastAccessTime?: { readonly seconds?: unknown } | null;
      readonly deploymentOptions?: { readonly buildId?: string | null } | null;
    }[];
  }>;
}

/** A worker that polls a queue. */
export interface LivePoller {
  /** PID@HOST, as the SDK gives it. */
  readonly identity: string;
  /** The version of its workflow code; undefined if it has none. */
  readonly version: string | undefined;
}

/** The workers that poll a queue according to the server, except this process and those of this machine that have ended. */
export async function livePollers(
  service: TaskQueues,
  queue: { readonly namespace: string; readonly name: string; readonly type: keyof typeof TYPES },
): Promise<readonly LivePoller[]> {
  const { namespace, name, type } = queue;
  const { pollers } = await service.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType: TYPES[type] });
  const times = pollers.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1000);
  // on the server's clock, which may differ from this machine's: the newest poll stands for now
  const now = Math.max(0, ...times);
  return pollers.flatMap(({ identity, deploymentOptions }, index) => {
    if (!identity || now - (times[index] ?? 0) > ASKED_WITHIN_MS || endedHere(identity)) return [];
    return [{ identity, version: deploymentOptions?.buildId || undefined }];
  });
}

/** Whether a worker ran on this machine and has ended. One with this process's id is an earlier one: in a container, ids repeat. */
function endedHere(identity: string): boolean {
  const [, pid, host] = /^(\d+)@(.+)$/.exec(identity) ?? [];
  return host === hostname() && (Number(pid) === process.pid || identityOf(Number(pid)) === undefined);
}
