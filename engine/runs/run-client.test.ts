import { expect, onTestFinished, test } from "vitest";
import { canonicalJson } from "../../schemas/canonical-json.ts";
import { digestOf } from "../../schemas/digest.ts";
import type { Plan } from "../../schemas/plan.ts";
import { temporalStandIn } from "../../test/fixtures/temporal-stand-in.ts";
import { Config } from "../connection/settings/define.ts";
import { RunClient } from "./run-client.ts";
import { runWorkflow } from "./run-workflow.ts";

/** gRPC status codes. */
const INVALID_ARGUMENT = 3;
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;

/** A client of a server that answers everything with a status. */
async function clientOf(status: number): Promise<RunClient> {
  const { address } = await temporalStandIn((method) => (method === "GetSystemInfo" ? Buffer.alloc(0) : status));
  const client = await RunClient.connectTo({ address }, "default");
  onTestFinished(() => client.close());
  return client;
}

const plan: Plan = { version: 1, pipeline: "small", params: {}, sources: {}, nodes: [], outputs: {} };
const run = runWorkflow("/nowhere", { runId: "small-1", planDigest: digestOf(canonicalJson(plan)), plan }, Config.parse({}));

test.each([
  ["start", (client: RunClient) => client.start(run)],
  ["resume", (client: RunClient) => client.resume("small-1", {})],
  ["pause", (client: RunClient) => client.pause("small-1", { when: "now" })],
  ["cancel", (client: RunClient) => client.cancel("small-1")],
  ["whether it is open", (client: RunClient) => client.isOpen("small-1")],
])("a server that refuses (%s) is an error of the settings, with its message", async (_, ask) => {
  for (const status of [INVALID_ARGUMENT, PERMISSION_DENIED]) {
    await expect(ask(await clientOf(status))).rejects.toMatchObject({
      parts: { code: "CONFIG_INVALID", what: expect.stringContaining("the Temporal server refused: "), where: "run small-1" },
    });
  }
});

test("a run that ended a moment ago is over, which is not a bug", async () => {
  const client = await clientOf(NOT_FOUND);
  const asks = [() => client.resume("small-1", {}), () => client.pause("small-1", { when: "now" }), () => client.cancel("small-1")];
  for (const ask of asks) await expect(ask()).rejects.toMatchObject({ parts: { code: "COMMAND_INVALID", what: "the run is over" } });
  expect(await client.isOpen("small-1")).toBe(false);
});
