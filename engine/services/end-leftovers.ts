import { endProcess, processesWith } from "../../system/processes/end-process.ts";
import type { Home } from "../home.ts";
import { readServices, removeServices } from "./services-state.ts";
import { databaseFile } from "./temporal-server.ts";

/** The worker of a killed predecessor has seen its standard input close, and is already saving. Milliseconds. */
const WORKER_GRACE_MS = 10_000;
const SERVER_GRACE_MS = 5_000;

/** End what a killed predecessor left running: two servers on one database, or two workers on one queue, would conflict. */
export async function endLeftovers(home: Home): Promise<void> {
  const left = await readServices(home);
  if (left?.worker !== undefined) await endProcess(left.worker.process, WORKER_GRACE_MS);
  if (left?.server !== undefined) await endProcess(left.server.process, SERVER_GRACE_MS);
  for (const process of processesWith(["start-dev", databaseFile(home)])) await endProcess(process, SERVER_GRACE_MS);
  await removeServices(home);
}
