import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { RunInput } from "../../workflows/protocol.ts";
import { connectionSettings } from "../config/connection.ts";
import { callGrpc } from "../services/grpc-call.ts";
import { type ReachedServer, reachServer } from "../services/reach-server.ts";
import type { Session } from "../session.ts";
import { runWorkflow } from "./run-workflow.ts";
import { startRequest } from "./start-request.ts";

const METHOD = "/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution";
/** Milliseconds that the home's own server has to answer, before the SDK's client asks again, with its own timeout. */
const ANSWERS_WITHIN_MS = 5_000;

/**
 * Start those of a session's services that are not running.
 *
 * @throws CrisolError why they do not come up
 */
export async function sessionServices(session: Session): Promise<ReachedServer> {
  const onStart = () => session.terminal.note("starting the Temporal server and a worker ...");
  const onNoWorker = (queue: string) =>
    session.terminal.note(`no worker polls ${queue}: the run waits until one is started with \`crisol worker\``);
  return reachServer(session.home, { config: await session.config(), onStart, onNoWorker });
}

/**
 * Start a run's workflow.
 *
 * The home's own server is called directly, since loading the SDK's client takes longer than all the rest of a short run.
 * The client is used for an external server, with a codec, and if the direct call fails.
 *
 * @throws CrisolError SERVER_UNREACHABLE
 */
export async function startRun(
  session: Pick<Session, "home" | "config">,
  services: ReachedServer,
  run: Omit<RunInput, "queue">,
): Promise<void> {
  const config = await session.config();
  const workflow = runWorkflow(session.home.folder, run, config);
  if (!services.external && config.codec === undefined) {
    const caller = { namespace: services.namespace, identity: `${process.pid}@${hostname()}`, requestId: randomUUID() };
    const port = Number(services.address.split(":").at(-1));
    if ((await callGrpc(port, METHOD, startRequest(workflow, caller), ANSWERS_WITHIN_MS)) === 0) return;
  }
  const { RunClient } = await import("./temporal-client.ts");
  const client = await RunClient.connectTo(await connectionSettings(config, services.address), services.namespace, config);
  try {
    await client.start(workflow);
  } finally {
    await client.close();
  }
}
