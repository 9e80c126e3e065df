import { registerSearchAttributes } from "../../engine/connection/search-attributes.ts";
import { connectionSettings } from "../../engine/connection/settings/connection.ts";
import type { Config } from "../../engine/connection/settings/define.ts";
import { needServer } from "../../engine/connection/unreachable.ts";
import { prepareHome } from "../../engine/home.ts";
import { knownAddress } from "../../engine/services/known-address.ts";
import { startWorker } from "../../engine/worker/start-worker.ts";
import { workerFailure } from "../../engine/worker/worker-failure.ts";
import type { Session } from "../session.ts";

/** Milliseconds. */
const PATIENCE_MS = 10_000;
const LINGERS_MS = 1_000;

/** `crisol worker`: a worker in the foreground, for a server that is already running. Ends on Ctrl-C, once running stages have saved their state. */
export async function workerCommand(
  session: Session,
  options: { readonly address?: string; readonly queues?: Config["queues"] },
): Promise<void> {
  const config = await session.config();
  const address = await knownAddress(session, options.address);
  await prepareHome(session.home);
  const { namespace } = config;
  const settings = await connectionSettings(config, address);
  await needServer(settings, PATIENCE_MS);
  await registerSearchAttributes(settings, namespace);
  const fail = async (error: unknown): Promise<never> => {
    const failure = await workerFailure(address, error);
    // after the error is printed: what the SDK leaves of a failed worker would keep the process alive
    setTimeout(() => process.exit(), LINGERS_MS).unref();
    throw failure;
  };
  const worker = await startWorker({
    home: session.home.folder,
    address,
    namespace,
    takesOver: false,
    ...(options.queues === undefined ? {} : { queues: options.queues }),
  }).catch(fail);
  session.terminal.value({ type: "ready", address });
  session.terminal.line(`worker polls ${address}; Ctrl-C stops it`);
  await worker.stopped.catch(fail);
}
