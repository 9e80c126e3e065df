import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { writing } from "../../system/files/file-errors.ts";
import { endProcess, processesWith } from "../../system/processes/end-process.ts";
import { livesHere, mayLive, type ProcessIdentity } from "../../system/processes/process-identity.ts";
import type { Config } from "../connection/settings/define.ts";
import { type Home, prepareHome } from "../home.ts";
import { endLeftovers } from "./end-leftovers.ts";
import { errorFrom, notUpInTime, supervisedElsewhere, supervisorFailed } from "./services-errors.ts";
import { readServices, type ServicesState } from "./services-state.ts";
import { settingsDigest } from "./settings-digest.ts";
import { LOCK_HELD, launchSupervisor, supervisorModule } from "./supervisor/launch-supervisor.ts";

const UP_WITHIN_MS = 90_000;
/** The time of the worker to stop, and that of the server. */
const DOWN_WITHIN_MS = 70_000;

/** A server that answers and a worker that polls. */
export interface Services {
  readonly address: string;
  readonly namespace: string;
  /** The server is external. */
  readonly external: boolean;
  readonly supervisor: number;
  readonly worker: number;
  /** Process id of the home's own server. */
  readonly server?: number;
  /** Whether this call started them. */
  readonly started: boolean;
}

export interface EnsureOptions {
  readonly config: Config;
  /** The worker's module, if it is not crisol's. */
  readonly worker?: string;
  /** Called once, if something has to be started. */
  readonly onStart?: () => void;
}

/**
 * Make sure that a home's server and worker are up, and start what is missing.
 *
 * @throws CrisolError with the cause, if they do not come up; HOME_BUSY if another machine runs them.
 */
export async function ensureServices(home: Home, options: EnsureOptions): Promise<Services> {
  const wanted = await wantedOf(options.config);
  const state = await readServices(home);
  const up = state === undefined ? undefined : servicesOf(state, wanted, false);
  if (up !== undefined) {
    await touch(home);
    return up;
  }
  options.onStart?.();
  await prepareHome(home);
  await touch(home);
  if (state !== undefined && livesHere(state.supervisor) && (state.phase === "failed" || !fits(state, wanted))) await stopServices(home);
  return await start(home, wanted, options);
}

async function start(home: Home, wanted: Wanted, options: EnsureOptions): Promise<Services> {
  const began = new Date().toISOString();
  let supervisor = launchSupervisor(home, options.worker);
  for (const deadline = performance.now() + UP_WITHIN_MS; performance.now() < deadline; await sleep(20)) {
    const state = await readServices(home);
    if (state?.phase === "failed" && state.error !== undefined && state.started >= began) throw errorFrom(state.error);
    const up = state === undefined ? undefined : servicesOf(state, wanted, true);
    if (up !== undefined) return up;
    const { ended } = supervisor;
    if (ended === undefined || (state !== undefined && livesHere(state.supervisor))) continue;
    if (ended === LOCK_HELD && state !== undefined && mayLive(state.supervisor)) throw supervisedElsewhere(home, state);
    if (ended !== LOCK_HELD && ended !== 0) throw supervisorFailed(home);
    // the supervisor that held the lock when ours came has ended since, or has not yet written its identity
    supervisor = launchSupervisor(home, options.worker);
    await sleep(100);
  }
  throw notUpInTime(home, UP_WITHIN_MS / 1000);
}

/** The settings with which services must have been started for a command to use them. */
type Wanted = Pick<Config, "address" | "namespace"> & { readonly settings: string };

async function wantedOf(config: Config): Promise<Wanted> {
  return { address: config.address, namespace: config.namespace, settings: await settingsDigest(config) };
}

/** The services of a state, if they are alive and belong to the wanted server. */
function servicesOf(state: ServicesState, wanted: Wanted, started: boolean): Services | undefined {
  const { phase, supervisor, address, namespace, external, server, worker } = state;
  if (phase !== "up" || address === undefined || worker === undefined || !fits(state, wanted)) return undefined;
  const processes = [supervisor, worker.process, ...(server === undefined ? [] : [server.process])];
  if (!processes.every(livesHere)) return undefined;
  const ids = { supervisor: supervisor.pid, worker: worker.process.pid, ...(server === undefined ? {} : { server: server.process.pid }) };
  return { address, namespace, external, ...ids, started };
}

function fits({ external, address, namespace, settings }: ServicesState, wanted: Wanted): boolean {
  if (namespace !== wanted.namespace || settings !== wanted.settings || external !== (wanted.address !== undefined)) return false;
  return wanted.address === undefined || address === undefined || address === wanted.address;
}

/** Stop a home's worker, server and supervisor, as far as they are running. Running stages save their state first. */
export async function stopServices(home: Home): Promise<{ readonly wasUp: boolean }> {
  const state = await readServices(home);
  // also one whose services.json was deleted or damaged
  const supervisors = [...(state === undefined ? [] : [state.supervisor]), ...supervisorsOf(home)];
  const wasUp = supervisors.some(livesHere);
  await Promise.all(supervisors.map((supervisor) => endProcess(supervisor, DOWN_WITHIN_MS)));
  await endLeftovers(home);
  return { wasUp };
}

/** A home's supervisors according to the system: one that has just started has written nothing yet. */
function supervisorsOf(home: Home): ProcessIdentity[] {
  return processesWith([supervisorModule, "--home", home.folder]);
}

/** The recorded state of a home's services, and which of them are alive. */
type ServicesStatus = ServicesState & { readonly alive: Readonly<Record<"supervisor" | "server" | "worker", boolean>> };

/** The state of a home's services, once those that are starting, for the first time or after a crash, are up or have failed. */
export async function comingUp(home: Home): Promise<ServicesStatus | undefined> {
  for (const deadline = performance.now() + UP_WITHIN_MS; ; await sleep(20)) {
    const status = await servicesStatus(home);
    const isStarting = status === undefined ? supervisorsOf(home).length > 0 : status.phase === "starting" && status.alive.supervisor;
    if (!isStarting || performance.now() >= deadline) return status;
  }
}

/** The recorded state of a home's services, and which of them are alive; undefined if nothing is recorded. */
export async function servicesStatus(home: Home): Promise<ServicesStatus | undefined> {
  const state = await readServices(home);
  if (state === undefined) return undefined;
  const { supervisor, server, worker } = state;
  const lives = (kept: typeof worker) => kept !== undefined && livesHere(kept.process);
  return { ...state, alive: { supervisor: livesHere(supervisor), server: lives(server), worker: lives(worker) } };
}

/** Note that the services are being used: idle time counts from now. */
function touch(home: Home): Promise<void> {
  return writing(home.lastUse, () => writeFile(home.lastUse, ""));
}
