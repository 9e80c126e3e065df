import { join } from "node:path";
import { CrisolError } from "../../schemas/error.ts";
import type { Home } from "./home.ts";
import { KeptProcess } from "./kept-process.ts";
import { LogFile, lastLines } from "./log-file.ts";

const STARTS_WITHIN = 60_000;

/** A worker that polls. */
export interface WorkerProcess {
  readonly ended: Promise<string>;
}

/**
 * Start the home's worker and wait until it polls.
 *
 * @param spawned is told the process before it is waited for.
 * @throws CrisolError ENVIRONMENT when it ends before, or says nothing for a minute.
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
  const worker = new KeptProcess(
    process.execPath,
    [module, "--home", home.folder, "--address", address, "--namespace", namespace],
    log,
    (line) => {
      if (line === "ready") ready.resolve("ready");
    },
  );
  await spawned(worker);
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`it was not ready after ${STARTS_WITHIN / 1000} s`), STARTS_WITHIN);
  const end = await Promise.race([ready.promise, worker.ended, late.promise]);
  clearTimeout(timer);
  if (end === "ready") return { ended: worker.ended };
  await worker.stop(0);
  throw new CrisolError({
    code: "ENVIRONMENT",
    what: `the worker did not come up: ${end}`,
    where: `${log.path}, which ends:\n${lastLines(log.path, 15)}`,
    why: "stages run in it",
    fix: "mend what the log says, then give the command again; crisol doctor looks for the usual causes",
  });
}
