import { livesHere } from "../../system/processes/process-identity.ts";
import { registerSearchAttributes } from "../connection/search-attributes.ts";
import { connectionSettings } from "../connection/settings/connection.ts";
import { taskQueueOf } from "../connection/task-queue.ts";
import { pollersOf } from "../connection/task-queue-pollers.ts";
import { needServer } from "../connection/unreachable.ts";
import type { Home } from "../home.ts";
import { readServices } from "./services-state.ts";
import { type EnsureOptions, ensureServices, type Services } from "./up.ts";

const PATIENCE_MS = 10_000;

/** A server that answers. */
export type ReachedServer = Pick<Services, "address" | "namespace" | "external">;

/** What a run records of the server on which it is started: nothing for the home's own, whose port may change. */
export function serverOf({ external, address, namespace }: ReachedServer): string | undefined {
  return external ? `${address}, namespace ${namespace}` : undefined;
}

/**
 * Make sure that a home's runs have a server, and a worker somewhere: start here what is missing.
 *
 * With an external server, a worker that was started by hand, on this machine or another, is as good as the home's own.
 *
 * @throws CrisolError SERVER_UNREACHABLE, CONFIG_INVALID, or why the services do not come up
 */
export async function reachServer(
  home: Home,
  options: EnsureOptions & { readonly onNoWorker?: (queue: string) => void; readonly needsGpus?: boolean },
): Promise<ReachedServer> {
  const { config } = options;
  if (config.address === undefined || (await hasOwnServices(home))) return ensureServices(home, options);
  const { address, namespace } = config;
  const settings = await connectionSettings(config, address);
  await needServer(settings, PATIENCE_MS);
  await registerSearchAttributes(settings, namespace);
  const workers = await pollersOf(home, config, { address });
  if (workers.length === 0 && config.startWorker) return ensureServices(home, options);
  const queue = taskQueueOf(home.folder, config);
  if (workers.length === 0) options.onNoWorker?.(`${queue}-cpu`);
  if (options.needsGpus && (await pollersOf(home, config, { address, queue: "gpu" })).length === 0) options.onNoWorker?.(`${queue}-gpu`);
  return { address, namespace, external: true };
}

async function hasOwnServices(home: Home): Promise<boolean> {
  const state = await readServices(home);
  return state !== undefined && livesHere(state.supervisor);
}
