import { join } from "node:path";
import { Client } from "@temporalio/client";
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { openStore } from "../../store/store.ts";
import { renderError } from "../../system/text/error-text.ts";
import type { Release } from "../../workflows/protocol.ts";
import { AttemptsBegun } from "../attempts/attempts-begun.ts";
import { NodeOutputs } from "../attempts/node-outputs.ts";
import { OpenAttempts } from "../attempts/open-attempts.ts";
import { PlanCache } from "../attempts/plan-cache.ts";
import { runActivities } from "../attempts/run-activities.ts";
import { HEARTBEAT_EVERY_MS, stageActivity } from "../attempts/stage-activity.ts";
import { dataConverterOf } from "../connection/codec/data-converter.ts";
import { connectionSettings } from "../connection/settings/connection.ts";
import type { Config } from "../connection/settings/define.ts";
import { loadConfig } from "../connection/settings/load.ts";
import { offerOf } from "../connection/settings/offer.ts";
import { taskQueueOf } from "../connection/task-queue.ts";
import { HostPool } from "../hosts/host-pool.ts";
import type { HostProcess } from "../hosts/host-process.ts";
import { bundleCache, workflowBundle } from "./bundle/workflow-bundle.ts";
import { replayAhead, takeOverDeadWorkers } from "./dead-workers.ts";
import { runTogether } from "./run-together.ts";
import { Deployment } from "./versions/deployment.ts";
import { maintainRuns } from "./versions/maintain-runs.ts";
import { claimWorkerFolder } from "./worker-folder.ts";

/**
 * Activity slots beyond those of the hosts; in these a stage waits for its turn.
 *
 * The SDK's pollers hold ten slots; only if there are more does the server send a run's next stage with the answer to its last
 * (eager dispatch), which saves a round trip per stage.
 */
const EAGER_SLOTS = 12;

/**
 * How long a run's next task waits for the worker that has the run in memory, before any other may replay it.
 *
 * With the SDK's default a run would wait ten seconds after a kill.
 */
const STICKY_FOR = "2 seconds";

/** A running worker. */
export interface RunningWorker {
  /** Stop taking work, let stages save their state, and end. */
  stop(): void;
  /** Rejects with the error that ended it, unless it was asked to stop. */
  readonly stopped: Promise<void>;
}

/**
 * Start polling the queues of a home: workflows and CPU stages in as many slots as there are cores, GPU stages in one.
 *
 * Whatever ends one of its SDK workers ends all, even while it comes up.
 *
 * @param options.queues by default those of `temporal.config.ts`
 * @param options.warmHost a host for the first stage, started beforehand
 * @param options.takesOver new runs go to this version of the workflow code, even if another version took over from it before
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
    openStore({ directory: join(home, "store") }),
    claimWorkerFolder(home),
    workflowBundle(await bundleCache(home), dataConverter.failureConverterPath),
    NativeConnection.connect(settings),
  ]);
  const client = new Client({ connection, namespace, dataConverter });

  const { cpus: slots } = offerOf(config);
  const [hosts, gpuHosts] = [new HostPool(slots, "cpus"), new HostPool(config.gpuSlots, "gpus")];
  if (warmHost !== undefined) hosts.keep(warmHost);
  const [plans, outputs] = [new PlanCache(store), new NodeOutputs(store)];
  const stages = {
    store,
    scratchFolder: folders.own.scratch,
    codeFolder: join(home, "cache", "crisol-code"),
    plans,
    outputs,
    attemptsBegun: new AttemptsBegun(store),
    openAttempts: new OpenAttempts(folders.own.attempts),
    release: (runId: string, release: Release) => client.workflow.getHandle(runId).signal<[Release]>("release", release),
  };
  const queue = taskQueueOf(home, config);
  const deployment = await Deployment.open(client, { namespace, name: queue, buildId: bundle.buildId }, config.versioning);
  if (deployment.unpinned !== undefined) say(`runs are not pinned to the workflow code that they started with: ${deployment.unpinned}`);
  const shared = {
    connection,
    namespace,
    dataConverter,
    // otherwise the SDK sends only those that keep an attempt alive, every 8 seconds
    maxHeartbeatThrottleInterval: HEARTBEAT_EVERY_MS,
    shutdownGraceTime: "0 seconds",
    shutdownForceTime: "40 seconds",
    ...deployment.workerOptions,
  } as const;
  const [, ...created] = await Promise.all([
    takeOverDeadWorkers(client, folders.dead, `${queue}-cpu`),
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
  const workers = created.filter((worker) => worker !== false);
  const polling = runTogether(workers, async () => {
    void looking.then(
      (endLooking) => endLooking(),
      () => undefined,
    );
    await Promise.all([hosts.close(), gpuHosts.close()]);
    await Promise.all([connection.close(), folders.own.remove()]);
  });
  const looking = maintainRuns(
    { client, deployment, bundle, store, log: (error) => say(renderError(error)) },
    // the home's own server has no other workers
    { takesOver, alone: takesOver && address !== config.address, say },
  );
  looking.catch(polling.fail);
  await Promise.race([looking.catch(() => polling.ended), polling.ended]);
  if (folders.dead.length > 0) void replayAhead(client, `${queue}-cpu`);
  return { stop: polling.stop, stopped: polling.ended };
}

/** Write to the worker's log; standard output is for its parent. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
