/** Runs that are open while crisol is upgraded: they continue with the new workflow code if it fits, and report it if it does not. */
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Connection, type WorkflowService } from "@temporalio/client";
import { afterEach, beforeEach, expect, it } from "vitest";
import { taskQueueOf } from "../../engine/connection/task-queue.ts";
import { pipelineFile as shardsPipeline, stagesFile as shardsStages } from "../replay/recorded-stages.ts";
import { type Checkout, copyCheckout } from "./checkout.ts";
import { pipelineFile, stagesFile } from "./engine-stages.ts";
import { kill, servicesOf } from "./processes.ts";
import { makeProject, type Project } from "./project.ts";

/** Workflow code that does the same in a different way. */
const fits = ["workflows/batches.ts", "LARGEST_BATCH = 64", "LARGEST_BATCH = 16"] as const;
/** Workflow code that does something different from the first turn on. */
const differs = ["workflows/run-journal.ts", "if (!continued) this.#reportToServer();", ""] as const;
const fixed = stagesFile.replace('if (how === "throws") throw', 'if (how === "never") throw');

let checkout: Checkout;
let project: Project;
beforeEach(async () => {
  checkout = await copyCheckout();
  project = await makeProject(
    { "pipelines/arithmetic.ts": pipelineFile, "stages/arithmetic.ts": stagesFile, "data/a.txt": "1 2 3\n" },
    checkout.folder,
  );
});
afterEach(async () => {
  await project.remove();
  await checkout.remove();
});

type Value = Record<string, unknown>;
const last = (values: readonly Value[]) => values.at(-1) as { runId: string; status: string; outputs: Value; code?: string };
const statusOf = async (runId: string) =>
  (await project.json("status", runId)).values[0] as {
    status: string;
    error?: { code: string; what: string; where: string; fix: string };
    stages: { name: string; status: string; cached: boolean }[];
  };

async function asked<T>(ask: (service: WorkflowService) => Promise<T>): Promise<T> {
  const { address } = JSON.parse(await readFile(join(project.home, "services.json"), "utf8")) as { address: string };
  const connection = await Connection.connect({ address });
  return ask(connection.workflowService).finally(() => connection.close());
}

/** The version of workflow code that a run is pinned to. */
async function versionOf(runId: string): Promise<string | undefined> {
  const run = { namespace: "default", execution: { workflowId: runId } };
  const { workflowExecutionInfo } = await asked((service) => service.describeWorkflowExecution(run));
  return workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
}

it("continues a run that was blocked across an upgrade whose workflow code fits", async () => {
  const blocked = last((await project.json("run", "arithmetic", "--set", "how=throws")).values);
  expect(blocked.status).toBe("blocked");
  const before = await versionOf(blocked.runId);
  expect(before).toMatch(/^[0-9a-f]{16}$/);
  await project.crisol("down");

  await checkout.alter(...fits);
  await project.write({ "stages/arithmetic.ts": fixed });
  const resumed = await project.json("resume", blocked.runId);
  expect([resumed.code, last(resumed.values)]).toMatchObject([0, { runId: blocked.runId, status: "completed" }]);
  expect(await versionOf(blocked.runId)).not.toBe(before);
});

it("says which run the new workflow code does not fit, and restarts it on request, skipping what is done", async () => {
  const { runId } = last((await project.json("run", "arithmetic", "--set", "how=throws")).values);
  await project.crisol("down");
  await checkout.alter(...differs);
  await project.write({ "stages/arithmetic.ts": fixed });

  const resumed = await project.crisol("resume", runId);
  expect([resumed.code, resumed.stderr]).toEqual([1, expect.stringContaining("started by another version of crisol")]);
  const status = await statusOf(runId);
  expect(status).toMatchObject({
    status: "blocked",
    error: { code: "OTHER_VERSION", where: expect.stringContaining("event"), fix: expect.stringContaining(`crisol cancel ${runId}`) },
  });
  expect((await project.crisol("status", runId)).stdout).toContain("OTHER_VERSION");
  expect(await readFile(join(project.home, "logs", "worker.log"), "utf8")).toContain(runId);

  // a new run is not affected
  expect(last((await project.json("run", "arithmetic")).values).status).toBe("completed");
  expect((await project.crisol("cancel", runId)).code).toBe(0);
  expect((await statusOf(runId)).status).toBe("canceled");
  const restarted = await project.json("resume", runId);
  expect(restarted.values[0]).toEqual({ type: "over", runId, startsAnew: "arithmetic" });
  expect([restarted.code, last(restarted.values).status]).toEqual([0, "completed"]);
  const stages = (await statusOf(last(restarted.values).runId)).stages;
  expect(stages.find(({ name }) => name === "numbers")?.cached).toBe(true);
});

it("continues such a run when the version that started it is back", async () => {
  const { runId } = last((await project.json("run", "arithmetic", "--set", "how=throws")).values);
  await project.crisol("down");
  await checkout.alter(...differs);
  await project.crisol("up");
  expect((await statusOf(runId)).error?.code).toBe("OTHER_VERSION");
  await project.crisol("down");

  await checkout.restore(differs[0]);
  await project.write({ "stages/arithmetic.ts": fixed });
  const resumed = await project.json("resume", runId);
  expect([resumed.code, last(resumed.values)]).toMatchObject([0, { runId, status: "completed" }]);
  expect((await statusOf(runId)).error).toBeUndefined();
});

it("takes over a stage that was at work when everything was killed and crisol upgraded", async () => {
  const { runId } = last((await project.json("run", "arithmetic", "--set", "how=waits", "--detach")).values);
  const square = async () => (await statusOf(runId)).stages.find(({ name }) => name === "square")?.status;
  await expect.poll(square, { timeout: 60_000 }).toBe("running");
  const { supervisor, server, worker } = await servicesOf(project.home);
  kill(supervisor, server, worker);
  await checkout.alter(...fits);
  await project.write({ "stages/arithmetic.ts": stagesFile.replace('if (how === "waits") await', 'if (how === "never") await') });
  await project.crisol("up");
  // the waiting stage is cancelled, and the fixed one runs in its place
  expect((await project.json("pause", runId)).code).toBe(0);
  const resumed = await project.json("resume", runId);
  expect([resumed.code, last(resumed.values)]).toMatchObject([0, { runId, status: "completed" }]);
});

it("takes over the shards that were under way, too", async () => {
  const files = Array.from({ length: 12 }, (_, n) => [`data/${n + 10}.txt`, n === 6 ? "as told" : String(n)]);
  await project.write({ ...Object.fromEntries(files), "pipelines/recorded.ts": shardsPipeline, "stages/recorded.ts": shardsStages });
  const flag = join(project.folder, "flag");
  const set = { shape: '"over shards"', how: '"waits until"', flag };
  const args = Object.entries(set).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  const { runId } = last((await project.json("run", "recorded", ...args, "--detach")).values);
  const open = async () => (await project.json("deploy", "check")).values.flatMap(({ workflowId }) => workflowId ?? []);
  await expect.poll(open, { timeout: 60_000 }).toEqual(expect.arrayContaining([runId, expect.stringContaining(`${runId}/each/`)]));

  const { supervisor, server, worker } = await servicesOf(project.home);
  kill(supervisor, server, worker);
  await checkout.alter(...fits);
  await writeFile(flag, "");
  const resumed = await project.json("resume", runId);
  expect([resumed.code, last(resumed.values)]).toMatchObject([0, { runId, status: "completed" }]);
});

it("does not start, and says why, when the server does not send new runs to the new version", async () => {
  await project.crisol("up");
  const deployment = { namespace: "default", deploymentName: taskQueueOf(project.home) };
  await asked((service) => service.setWorkerDeploymentManager({ ...deployment, identity: "test", managerIdentity: "somebody else" }));
  await project.crisol("down");
  await checkout.alter(...fits);
  const up = await project.crisol("up");
  expect([up.code, up.stderr]).toEqual([3, expect.stringMatching(/new runs would not come to this worker: .*somebody else/s)]);
});

it("distinguishes a run that it can't read from one whose code differs", async () => {
  const key = { id: "old", from: { secret: "CRYPT_OLD" } };
  const configure = (codec: object) => project.write({ "temporal.config.ts": `export default ${JSON.stringify({ codec })};\n` });
  process.env.CRYPT_OLD = randomBytes(32).toString("base64");
  process.env.CRYPT_NEW = randomBytes(32).toString("base64");
  await configure({ key });
  const { runId } = last((await project.json("run", "arithmetic", "--set", "how=throws")).values);
  await project.crisol("down");
  await checkout.alter(...fits);
  await configure({ key: { id: "new", from: { secret: "CRYPT_NEW" } } });
  expect(await project.crisol("up")).toMatchObject({ code: 0 });
  expect((await statusOf(runId)).error).toBeUndefined();
  const check = await project.json("deploy", "check");
  expect([check.code, check.values.at(-1)]).toMatchObject([1, { breaks: [], unreadable: [runId] }]);

  await configure({ key: { id: "new", from: { secret: "CRYPT_NEW" } }, otherKeys: [key] });
  await project.write({ "stages/arithmetic.ts": fixed });
  const resumed = await project.json("resume", runId);
  expect([resumed.code, last(resumed.values)]).toMatchObject([0, { runId, status: "completed" }]);
});

it("restarts a worker that cannot read the plans of a new version", async () => {
  expect(last((await project.json("run", "arithmetic")).values).status).toBe("completed");
  const { worker } = await servicesOf(project.home);
  await checkout.alter("schemas/plan.ts", "PLAN_FORM = ", "PLAN_FORM = 1000 + ");
  expect(last((await project.json("run", "arithmetic", "--set", "flag=another")).values)).toMatchObject({ status: "completed" });
  expect((await servicesOf(project.home)).worker).not.toBe(worker);
});
