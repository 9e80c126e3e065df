import { randomBytes } from "node:crypto";
import { expect, test, vi } from "vitest";
import { digestOf } from "../../schemas/digest.ts";
import { temporalStandIn } from "../../test/fixtures/temporal-stand-in.ts";
import { Config } from "../connection/settings/define.ts";
import { homeAt } from "../home.ts";
import { startRun } from "./start-run.ts";

const START = "StartWorkflowExecution";
const UNAVAILABLE = 14;
const ALREADY_EXISTS = 6;

const plan = { version: 1, pipeline: "small", params: {}, sources: {}, nodes: [], outputs: {} } as const;
const run = { runId: "small-1", planDigest: digestOf("plan"), plan: { ...plan, nodes: [] } };

/** Start the run on a server that answers its first starts with these statuses; returns the methods that were called. */
async function startedAt(...statuses: readonly number[]): Promise<string[]> {
  const { address, calls } = await temporalStandIn((method, number) => (method === START && statuses[number]) || Buffer.alloc(0));
  const session = { home: homeAt("/home/of/a/project"), config: async () => Config.parse({}) };
  await startRun(session, { address, namespace: "default", external: false }, run);
  return calls.map(({ method }) => method);
}

test("the home's own server is called once, without any other call", async () => {
  expect(await startedAt(0)).toEqual([START]);
});

test("a server that does not accept the run is called again by the SDK's client", async () => {
  expect((await startedAt(UNAVAILABLE, 0)).filter((method) => method === START)).toHaveLength(2);
});

test("a start whose answer was lost is not repeated as another run", async () => {
  expect((await startedAt(UNAVAILABLE, ALREADY_EXISTS)).filter((method) => method === START)).toHaveLength(2);
});

test("a plan that must be encrypted is encrypted for the home's own server too", async () => {
  vi.stubEnv("START_TEST_KEY", randomBytes(32).toString("base64"));
  const codec = { key: { id: "k1", from: { secret: "START_TEST_KEY" } } };
  const { address, calls } = await temporalStandIn();
  try {
    const session = { home: homeAt("/home/of/a/project"), config: async () => Config.parse({ codec }) };
    const params = { word: "PARAMETER" };
    await startRun(session, { address, namespace: "default", external: false }, { ...run, plan: { ...run.plan, params } });
  } finally {
    vi.unstubAllEnvs();
  }
  const sent = calls.filter(({ method }) => method === START).map(({ message }) => message.toString("latin1"));
  expect(sent).toEqual([expect.stringContaining("binary/encrypted")]);
  expect(sent[0]).not.toContain("PARAMETER");
});
