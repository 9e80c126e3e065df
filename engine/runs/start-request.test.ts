import { hostname } from "node:os";
import { expect, test } from "vitest";
import { digestOf } from "../../schemas/digest.ts";
import { temporalStandIn } from "../../test/fixtures/temporal-stand-in.ts";
import { RunClient } from "./run-client.ts";
import { runWorkflow } from "./run-workflow.ts";
import { startRequest } from "./start-request.ts";

test("the request to start a run has the very bytes that the SDK's client sends", async () => {
  const params = { text: "añejo ".repeat(100), many: Array.from({ length: 5000 }, (_, index) => index) };
  const plan = { version: 1, pipeline: "small", params, sources: {}, nodes: [], outputs: {} } as const;
  const workflow = runWorkflow("/home/of/a/project", { runId: "small-1", planDigest: digestOf("plan"), plan: { ...plan, nodes: [] } });
  const { address, calls } = await temporalStandIn();
  const client = await RunClient.connectTo({ address }, "lab");
  await client.start(workflow);
  await client.close();
  const sent = calls.find(({ method }) => method === "StartWorkflowExecution")?.message.toString("latin1") ?? "";
  const [requestId = ""] = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(sent) ?? [];
  const ours = startRequest(workflow, { namespace: "lab", identity: `${process.pid}@${hostname()}`, requestId });
  expect(ours.toString("latin1")).toBe(sent);
});
