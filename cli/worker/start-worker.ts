import { mkdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import { OpenAttempts } from "../../activities/open-attempts.ts";
import { PlanCache } from "../../activities/plan-cache.ts";
import { runActivities } from "../../activities/run-activities.ts";
import { runStageActivity } from "../../activities/run-stage.ts";
import { HostPool } from "../../host/host-pool.ts";
import { openStore } from "../../store/store.ts";
import { connectionSettings } from "../config/connection.ts";
import { loadConfig } from "../config/load.ts";
import { taskQueueOf } from "./task-queue.ts";
import { workflowBundle } from "./workflow-bundle.ts";

/** MiB of heap of the host that is started before the first job asks: that of a stage that says nothing else. */
const WARM_HOST = 2048;

/** A worker under way. */
export interface RunningWorker {
  /** Stop taking work, let stages save their state, and end. */
  stop(): void;
  readonly stopped: Promise<void>;
}

/** Start polling the queues of a home: workflows and CPU stages in as many slots as there are cores, GPU stages in one. */
export async function startWorker(options: {
  readonly home: string;
  readonly address: string;
  readonly namespace: string;
}): Promise<RunningWorker> {
  Runtime.install({
    shutdownSignals: ["SIGINT", "SIGTERM"],
    logger: new DefaultLogger("WARN"),
    telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: "WARN", other: "WARN" }) } },
  });
  const { home, address, namespace } = options;
  const config = await loadConfig(process.cwd());
  const settings = await connectionSettings(config, address);
  const storeFolder = join(home, "store");
  const scratchFolder = join(home, "scratch");
  // what a killed predecessor left there is of no use to anybody
  await rm(scratchFolder, { recursive: true, force: true });
  await mkdir(scratchFolder, { recursive: true });

  const [store, attempts, bundle, connection, clientConnection] = await Promise.all([
    openStore(storeFolder),
    OpenAttempts.in(join(home, "attempts")),
    workflowBundle(join(home, "cache")),
    NativeConnection.connect(settings),
    Connection.connect(settings),
  ]);
  await attempts.failLeftovers(new Client({ connection: clientConnection, namespace }));

  const slots = config.slots ?? Math.max(2, availableParallelism());
  const hosts = new HostPool(slots);
  hosts.warm(WARM_HOST);
  const plans = new PlanCache(store);
  const runStage = runStageActivity({ store, storeFolder, scratchFolder, hosts, plans, attempts });
  const queue = taskQueueOf(home);
  const shared = { connection, namespace, shutdownGraceTime: "0 seconds", shutdownForceTime: "40 seconds" } as const;
  const workers = await Promise.all([
    Worker.create({
      ...shared,
      taskQueue: `${queue}-cpu`,
      workflowBundle: bundle,
      activities: { ...runActivities({ store, plans }), default: runStage },
      maxConcurrentActivityTaskExecutions: slots,
    }),
    Worker.create({
      ...shared,
      taskQueue: `${queue}-gpu`,
      activities: { default: runStage },
      maxConcurrentActivityTaskExecutions: config.gpuSlots,
    }),
  ]);
  const stopped = Promise.all(workers.map((worker) => worker.run())).then(async () => {
    await hosts.close();
    await Promise.all([connection.close(), clientConnection.close()]);
  });
  return {
    stop: () => {
      for (const worker of workers) if (worker.getState() === "RUNNING") worker.shutdown();
    },
    stopped,
  };
}
