import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Client } from "@temporalio/client";
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { AttemptsBegun } from "../../activities/attempts-begun.ts";
import { MadeOutputs } from "../../activities/made-outputs.ts";
import { OpenAttempts } from "../../activities/open-attempts.ts";
import { PlanCache } from "../../activities/plan-cache.ts";
import { runActivities } from "../../activities/run-activities.ts";
import { HEARTBEAT_EVERY, stageActivity } from "../../activities/stage-activity.ts";
import { HostPool } from "../../host/host-pool.ts";
import type { HostProcess } from "../../host/host-process.ts";
import { openStore } from "../../store/store.ts";
import type { Release } from "../../workflows/protocol.ts";
import { dataConverterOf } from "../codec/data-converter.ts";
import { connectionSettings } from "../config/connection.ts";
import type { Config } from "../config/define.ts";
import { loadConfig } from "../config/load.ts";
import { renderError } from "../terminal.ts";
import { Deployment } from "./deployment.ts";
import { lookAfterRuns } from "./look-after-runs.ts";
import { runTogether } from "./run-together.ts";
import { replayAhead, settleDead } from "./settle-dead.ts";
import { taskQueueOf } from "./task-queue.ts";
import { claimWorkerFolder } from "./worker-folder.ts";
import { workflowBundle } from "./workflow-bundle.ts";

/**
 * Activity slots beyond those of the hosts, where a stage waits for its turn.
 *
 * The SDK's pollers hold ten slots; only with some to spare does the server hand a run's next stage over with the answer to its last
 * (eager dispatch), which saves a round trip a stage.
 */
const EAGER_SLOTS = 12;

/**
 * How long a run's next task waits for the worker that has the run in memory, before any other may replay it.
 *
 * The SDK's default of ten seconds is what a run would stand still after a kill.
 */
const STICKY_FOR = "2 seconds";

/** A worker under way. */
export interface RunningWorker {
  /** Stop taking work, let stages save their state, and end. */
  stop(): void;
  /** Rejects with what ended it, where nobody told it to stop. */
  readonly stopped: Promise<void>;
}

/**
 * Start polling the queues of a home: workflows and CPU stages in as many slots as there are cores, GPU stages in one.
 *
 * Whatever ends one of its workers ends all, also while it comes up.
 *
 * @param options.queues those of `temporal.config.ts` when left out
 * @param options.warmHost for the first stage, begun beforehand
 * @param options.takesOver new runs go to this version of the workflow code, also where another took over from it before
 */
export async function startWorker(options: {
  readonly home: string;
  readonly address: string;
  readonly namespace: string;
  readonly queues?: Config["queues"];
  readonly takesOver: boolean;
  readonly warmHost?: HostProcess;
}): Promise<RunningWorker> {
  Runtime.install({
    shutdownSignals: ["SIGINT", "SIGTERM"],
    logger: new DefaultLogger("WARN"),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: "WARN", other: "WARN" }) } },
  });
  const { home, address, namespace, takesOver, warmHost } = options;
  const config = await loadConfig(process.cwd());
  const queues = options.queues ?? config.queues;
  const settings = await connectionSettings(config, address);
  const dataConverter = await dataConverterOf(config, (error) => say(renderError(error.parts)));
  const [store, folders, bundle, connection] = await Promise.all([
    openStore(join(home, "store")),
    claimWorkerFolder(home),
    workflowBundle(join(home, "cache"), dataConverter.failureConverterPath),
    NativeConnection.connect(settings),
  ]);
  const client = new Client({ connection, namespace, dataConverter });

  const slots = config.slots ?? Math.max(2, availableParallelism());
  const [hosts, gpuHosts] = [new HostPool(slots), new HostPool(config.gpuSlots)];
  if (warmHost !== undefined) hosts.keep(warmHost);
  const [plans, outputs] = [new PlanCache(store), new MadeOutputs(store)];
  const stages = {
    store,
    scratchFolder: folders.own.scratch,
    plans,
    outputs,
    begun: new AttemptsBegun(store),
    attempts: new OpenAttempts(folders.own.attempts),
    release: (runId: string, release: Release) => client.workflow.getHandle(runId).signal<[Release]>("release", release),
  };
  const queue = taskQueueOf(home, config);
  const deployment = await Deployment.open(client, { namespace, name: queue, buildId: bundle.buildId }, config.versioning);
  if (deployment.unpinned !== undefined) say(`runs are not pinned to the workflow code that they started with: ${deployment.unpinned}`);
  const shared = {
    connection,
    namespace,
    dataConverter,
    // else the SDK sends only those that keep an attempt from being taken for dead, every 8 seconds
    maxHeartbeatThrottleInterval: HEARTBEAT_EVERY,
    shutdownGraceTime: "0 seconds",
    shutdownForceTime: "40 seconds",
    ...deployment.workerOptions,
  } as const;
  const [, ...made] = await Promise.all([
    settleDead(client, folders.dead, `${queue}-cpu`),
    queues.includes("cpu") &&
      Worker.create({
        ...shared,
        taskQueue: `${queue}-cpu`,
        workflowBundle: bundle,
        stickyQueueScheduleToStartTimeout: STICKY_FOR,
        activities: {
          ...runActivities({ store, plans, outputs, slots: { cpu: slots, gpu: config.gpuSlots } }),
          default: stageActivity({ ...stages, hosts }),
        },
        maxConcurrentActivityTaskExecutions: slots + EAGER_SLOTS,
      }),
    queues.includes("gpu") &&
      Worker.create({
        ...shared,
        taskQueue: `${queue}-gpu`,
        activities: { default: stageActivity({ ...stages, hosts: gpuHosts }) },
        maxConcurrentActivityTaskExecutions: config.gpuSlots,
      }),
  ]);
  const workers = made.filter((worker) => worker !== false);
  const polling = runTogether(workers, async () => {
    void looking.then(
      (endLooking) => endLooking(),
      () => undefined,
    );
    await Promise.all([hosts.close(), gpuHosts.close()]);
    await Promise.all([connection.close(), folders.own.remove()]);
  });
  const looking = lookAfterRuns(
    { client, deployment, bundle, store, log: (error) => say(renderError(error)) },
    // the home's own server has no other workers
    { takesOver, alone: takesOver && address !== config.address, say },
  );
  looking.catch(polling.fail);
  await Promise.race([looking.catch(() => polling.ended), polling.ended]);
  if (folders.dead.length > 0) void replayAhead(client, `${queue}-cpu`);
  return { stop: polling.stop, stopped: polling.ended };
}

/** Into the worker's log; standard output is for whoever started it. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
