import { join } from "node:path";
import { CrisolError } from "../../../schemas/error.ts";
import { LogFile, lastLines } from "../../../system/files/log-file.ts";
import { LivenessClock } from "../../../system/liveness-clock.ts";
import type { Home } from "../../home.ts";
import { KeptProcess, LIVENESS_DESCRIPTOR } from "../kept-process.ts";

const STARTS_WITHIN_MS = 60_000;
/** Milliseconds without a sign of life after which a worker is considered dead: its heartbeats have been missed by then. */
const SILENT_FOR_MS = 20_000;
const LOOK_EVERY = 1_000;

/** A worker that polls. */
export interface WorkerProcess {
  readonly ended: Promise<string>;
}

/**
 * Start the home's worker and wait until it polls.
 *
 * @param spawned is called with the process before it is ready.
 * @throws CrisolError ENVIRONMENT if it ends first, or is not ready within a minute.
 */
export async function startWorkerProcess(
  home: Home,
  options: { readonly module: string; readonly address: string; readonly namespace: string },
  spawned: (process: KeptProcess) => Promise<void>,
): Promise<WorkerProcess> {
  const { module, address, namespace } = options;
  const log = new LogFile(join(home.logs, "worker.log"));
  log.note(`starting for ${address}`);
  const ready = Promise.withResolvers<"ready">();
  // measured from the first sign on
  let silence: LivenessClock | undefined;
  const worker = new KeptProcess(
    process.execPath,
    [module, "--home", home.folder, "--address", address, "--namespace", namespace, "--signs", String(LIVENESS_DESCRIPTOR)],
    log,
    {
      line: (line) => {
        if (line === "ready") ready.resolve("ready");
      },
      sign: () => {
        silence ??= new LivenessClock(2 * LOOK_EVERY);
        silence.heard();
      },
    },
  );
  await spawned(worker);
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`it was not ready after ${STARTS_WITHIN_MS / 1000} s`), STARTS_WITHIN_MS);
  const end = await Promise.race([ready.promise, worker.ended, late.promise]);
  clearTimeout(timer);
  if (end === "ready") return { ended: endedOrSilent(worker, () => silence?.look() ?? 0) };
  await worker.stop(0);
  throw new CrisolError({
    code: "ENVIRONMENT",
    what: `the worker did not come up: ${end}`,
    where: `${log.path}, which ends:\n${lastLines(log.path, 15)}`,
    why: "stages run in it",
    fix: "fix what the log reports, then run the command again; crisol doctor checks for the usual causes",
  });
}

/** Resolves with how a worker ended; one that hangs (stopped, or its event loop blocked) is killed. */
async function endedOrSilent(worker: KeptProcess, silentForMs: () => number): Promise<string> {
  let silent = false;
  const watch = setInterval(() => {
    if (silentForMs() < SILENT_FOR_MS) return;
    silent = true;
    void worker.stop(0);
  }, LOOK_EVERY);
  const how = await worker.ended;
  clearInterval(watch);
  return silent ? `no sign of life for ${SILENT_FOR_MS / 1000} s, so it was killed` : how;
}
