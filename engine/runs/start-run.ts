import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { RunInput } from "../../workflows/protocol.ts";
import { callGrpc } from "../connection/grpc-call.ts";
import { connectionSettings } from "../connection/settings/connection.ts";
import type { ReachedServer } from "../services/reach-server.ts";
import type { EngineSession } from "../session.ts";
import { runWorkflow } from "./run-workflow.ts";
import { startRequest } from "./start-request.ts";

const METHOD = "/temporal.api.workflowservice.v1.WorkflowService/StartWorkflowExecution";
/** Milliseconds that the home's own server has to answer, before the SDK's client asks again, with its own timeout. */
const ANSWERS_WITHIN_MS = 5_000;

/**
 * Start a run's workflow.
 *
 * The home's own server is called directly, since loading the SDK's client takes longer than all the rest of a short run.
 * The client is used for an external server, with a codec, and if the direct call fails.
 *
 * @throws CrisolError SERVER_UNREACHABLE
 */
export async function startRun(
  session: Pick<EngineSession, "home" | "config">,
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
  const { RunClient } = await import("./run-client.ts");
  const client = await RunClient.connectTo(await connectionSettings(config, services.address), services.namespace, config);
  try {
    await client.start(workflow);
  } finally {
    await client.close();
  }
}
