import { connectionSettings } from "../config/connection.ts";
import type { Config } from "../config/define.ts";
import { prepareHome } from "../services/home.ts";
import { knownAddress } from "../services/known-address.ts";
import { registerSearchAttributes } from "../services/search-attributes.ts";
import { needServer } from "../services/unreachable.ts";
import type { Session } from "../session.ts";
import { startWorker } from "../worker/start-worker.ts";
import { unreached } from "../worker/unreached.ts";

/** Milliseconds. */
const PATIENCE = 10_000;

/** `crisol worker`: a worker in the foreground, for a server that runs already. Ends with Ctrl-C, when running stages have saved their state. */
export async function workerCommand(
  session: Session,
  options: { readonly address?: string; readonly queues?: Config["queues"] },
): Promise<void> {
  const config = await session.config();
  const address = await knownAddress(session, options.address);
  await prepareHome(session.home);
  const { namespace } = config;
  const settings = await connectionSettings(config, address);
  await needServer(settings, PATIENCE);
  await registerSearchAttributes(settings, namespace);
  const worker = await startWorker({
    home: session.home.folder,
    address,
    namespace,
    takesOver: false,
    ...(options.queues === undefined ? {} : { queues: options.queues }),
  }).catch(async (error: unknown) => {
    throw await unreached(address, error);
  });
  session.terminal.value({ type: "ready", address });
  session.terminal.line(`worker polls ${address}; Ctrl-C stops it`);
  await worker.stopped;
}
