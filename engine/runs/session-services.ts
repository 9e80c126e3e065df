import type { Plan } from "../../schemas/plan.ts";
import { type ReachedServer, reachServer } from "../services/reach-server.ts";
import type { EngineSession } from "../session.ts";

/**
 * Start those of a session's services that are not running, and say of a queue that nobody polls it.
 *
 * @param plan the plan that is about to run: whether it needs the GPU queue
 *
 * @throws CrisolError why they do not come up
 */
export async function sessionServices(session: EngineSession, plan?: Pick<Plan, "nodes">): Promise<ReachedServer> {
  const onStart = () => session.terminal.note("starting the Temporal server and a worker ...");
  const onNoWorker = (queue: string) =>
    session.terminal.note(`no worker polls ${queue}: the run waits until one is started with \`crisol worker\``);
  const needsGpus = plan?.nodes.some(({ resources }) => resources.gpus > 0) ?? false;
  return reachServer(session.home, { config: await session.config(), onStart, onNoWorker, needsGpus });
}
