import { type ReachedServer, reachServer } from "../services/reach-server.ts";
import type { EngineSession } from "../session.ts";

/**
 * Start those of a session's services that are not running.
 *
 * @throws CrisolError why they do not come up
 */
export async function sessionServices(session: EngineSession): Promise<ReachedServer> {
  const onStart = () => session.terminal.note("starting the Temporal server and a worker ...");
  const onNoWorker = (queue: string) =>
    session.terminal.note(`no worker polls ${queue}: the run waits until one is started with \`crisol worker\``);
  return reachServer(session.home, { config: await session.config(), onStart, onNoWorker });
}
