import { Client, Connection } from "@temporalio/client";
import { google, temporal } from "@temporalio/proto";
import { expect, onTestFinished, test } from "vitest";
import { temporalStandIn } from "../../../test/fixtures/temporal-stand-in.ts";
import { temporaryFolder, temporaryStore } from "../../../test/fixtures/temporary-store.ts";
import { workflowBundle } from "../bundle/workflow-bundle.ts";
import { RunAdoption } from "./adopt-runs.ts";
import { Deployment } from "./deployment.ts";

const { ListWorkflowExecutionsResponse, DescribeWorkerDeploymentResponse } = temporal.api.workflowservice.v1;
/** gRPC status code. */
const PERMISSION_DENIED = 7;

const keyword = (value: string) => ({ data: Buffer.from(JSON.stringify(value)) });
const open = (workflowId: string) => ({
  execution: { workflowId, runId: workflowId },
  type: { name: "shards" },
  startTime: google.protobuf.Timestamp.fromObject({ seconds: 1 }),
  searchAttributes: {
    indexedFields: { TemporalWorkflowVersioningBehavior: keyword("Pinned"), TemporalWorkerDeploymentVersion: keyword("crisol:old") },
  },
});

test("a workflow whose adoption failed is adopted at the next check, and does not keep later ones from being adopted", async () => {
  const list = ListWorkflowExecutionsResponse.encode({ executions: [open("small-1/shards-1"), open("small-1/shards-2")] });
  const routing = DescribeWorkerDeploymentResponse.encode({
    workerDeploymentInfo: { routingConfig: { currentDeploymentVersion: { deploymentName: "crisol", buildId: "new" } } },
  });
  const { address, calls } = await temporalStandIn((method, number) => {
    if (method === "ListWorkflowExecutions") return Buffer.from(list.finish());
    if (method === "DescribeWorkerDeployment") return Buffer.from(routing.finish());
    return method === "UpdateWorkflowExecutionOptions" && number === 0 ? PERMISSION_DENIED : Buffer.alloc(0);
  });
  const connection = Connection.lazy({ address });
  onTestFinished(() => connection.close());
  const client = new Client({ connection });
  const deployment = await Deployment.open(client, { namespace: "default", name: "crisol", buildId: "new" });
  const [store, bundle] = [await temporaryStore(), await workflowBundle(temporaryFolder(), undefined)];
  const adoption = new RunAdoption({ client, deployment, bundle, store, log: () => undefined });
  const taken = () =>
    calls
      .filter(({ method }) => method === "UpdateWorkflowExecutionOptions")
      .map(({ message }) => /shards-\d/.exec(message.toString("latin1"))?.[0]);

  await expect(adoption.look()).rejects.toThrow("PERMISSION_DENIED");
  expect(taken()).toEqual(["shards-1", "shards-2"]);
  await adoption.look();
  expect(taken()).toEqual(["shards-1", "shards-2", "shards-1"]);
  await adoption.look();
  expect(taken()).toHaveLength(3);
});
