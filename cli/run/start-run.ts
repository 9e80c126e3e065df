import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { RunInput } from "../../workflows/protocol.ts";
import { connectionSettings } from "../config/connection.ts";
import { callGrpc } from "../services/grpc-call.ts";
import { ensureServices, type Services } from "../services/up.ts";
import type { Session } from "../session.ts";
import { runWorkflow } from "./run-workflow.ts";
import { startRequest } from "./start-request.ts";

const METHOD = "/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution";
/** Milliseconds that the home's own server gets, before the SDK's client asks again, with its own patience. */
const ANSWERS_WITHIN = 5_000;

/**
 * Start what is missing of a session's services.
 *
 * @throws CrisolError why they do not come up
 */
export async function sessionServices(session: Session): Promise<Services> {
  const onStart = () => session.terminal.note("starting the Temporal server and a worker ...");
  return ensureServices(session.home, { config: await session.config(), onStart });
}

/**
 * Start a run's workflow.
 *
 * The home's own server is asked directly, since loading the SDK's client takes longer than all the rest of a short run;
 * anybody else's, and one that does not answer well, by the client.
 *
 * @throws CrisolError SERVER_UNREACHABLE
 */
export async function startRun(
  session: Pick<Session, "home" | "config">,
  services: Pick<Services, "address" | "namespace" | "external">,
  run: Omit<RunInput, "queue">,
): Promise<void> {
  const workflow = runWorkflow(session.home.folder, run);
  if (!services.external) {
    const caller = { namespace: services.namespace, identity: `${process.pid}@${hostname()}`, requestId: randomUUID() };
    const port = Number(services.address.split(":").at(-1));
    if ((await callGrpc(port, METHOD, startRequest(workflow, caller), ANSWERS_WITHIN)) === 0) return;
  }
  const { RunClient } = await import("./temporal-client.ts");
  const client = await RunClient.connectTo(await connectionSettings(await session.config(), services.address), services.namespace);
  try {
    await client.start(workflow);
  } finally {
    await client.close();
  }
}
