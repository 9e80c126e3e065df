/** Servers and settings without Worker Versioning: runs are not pinned to their workflow code, which is reported. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "@temporalio/client";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { grpcAnswers } from "../../engine/connection/grpc-answers.ts";
import { freePort } from "../../system/processes/loopback-port.ts";
import { environmentProgram } from "../../system/processes/python-environment.ts";
import { type Checkout, copyCheckout } from "./checkout.ts";
import { pipelineFile, stagesFile } from "./engine-stages.ts";
import { makeProject, type Project } from "./project.ts";

/** temporal.api.enums.v1.VersioningBehavior */
const PINNED = 1;
const fixed = stagesFile.replace('if (how === "throws") throw', 'if (how === "never") throw');

let folder: string;
let server: ChildProcess;
let address: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "crisol-unpinned-"));
  const port = await freePort();
  address = `127.0.0.1:${port}`;
  server = spawn(
    environmentProgram("temporal"),
    [
      ...["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", String(port), "--db-filename", join(folder, "temporal.db")],
      ...["--dynamic-config-value", "system.enableDeploymentVersions=false", "--log-level", "error"],
    ],
    { stdio: "ignore" },
  );
  while (!(await grpcAnswers(port, 1000))) await sleep(100);
});
afterAll(async () => {
  const over = once(server, "exit");
  server.kill("SIGKILL");
  await over;
  await rm(folder, { recursive: true });
});

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

type Last = { readonly runId: string; readonly status: string };
const configure = (config: object) => project.write({ "temporal.config.ts": `export default ${JSON.stringify(config)};\n` });
const last = (values: readonly Record<string, unknown>[]) => values.at(-1) as unknown as Last;
const workerLog = () => readFile(join(project.home, "logs", "worker.log"), "utf8");

async function versioningOf(runId: string): Promise<unknown> {
  const services = JSON.parse(await readFile(join(project.home, "services.json"), "utf8")) as { address: string };
  const connection = await Connection.connect({ address: services.address });
  const { workflowExecutionInfo } = await connection.workflowService.describeWorkflowExecution({
    namespace: "default",
    execution: { workflowId: runId },
  });
  await connection.close();
  return workflowExecutionInfo?.versioningInfo?.behavior ?? null;
}

it("runs on a server without it, says that runs are not pinned, and still reports which run the new code does not fit", async () => {
  await configure({ address });
  const { runId, status } = last((await project.json("run", "arithmetic", "--set", "how=throws")).values);
  expect([status, await versioningOf(runId)]).toEqual(["blocked", null]);
  expect(await workerLog()).toContain("not pinned to the workflow code that they started with: the server says: ");

  await project.crisol("down");
  await checkout.alter("workflows/batches.ts", "LARGEST_BATCH = 64", "LARGEST_BATCH = 16");
  await project.crisol("up");
  expect((await project.json("status", runId)).values[0]).not.toHaveProperty("error");
  await project.crisol("down");
  await checkout.alter("workflows/run-journal.ts", "if (!continued) this.#reportToServer();", "");
  await project.crisol("up");
  expect((await project.json("status", runId)).values[0]).toMatchObject({ error: { code: "OTHER_VERSION" } });
  expect((await project.crisol("cancel", runId)).code).toBe(0);
  await project.write({ "stages/arithmetic.ts": fixed });
  expect(last((await project.json("resume", runId)).values).status).toBe("completed");
});

it("starts no worker on such a server when runs must be pinned", async () => {
  await configure({ address, versioning: true });
  const up = await project.crisol("up");
  expect([up.code, up.stderr]).toEqual([3, expect.stringContaining("runs can't be pinned to the workflow code that they started with")]);
});

it("releases a pinned run when versioning is turned off", async () => {
  const { runId } = last((await project.json("run", "arithmetic", "--set", "how=throws")).values);
  expect(await versioningOf(runId)).toBe(PINNED);
  await project.crisol("down");
  await configure({ versioning: false });
  await project.write({ "stages/arithmetic.ts": fixed });
  const resumed = await project.json("resume", runId);
  expect([resumed.code, last(resumed.values)]).toMatchObject([0, { runId, status: "completed" }]);
  const fresh = last((await project.json("run", "arithmetic", "--set", "how=writes-nothing")).values);
  expect([fresh.status, await versioningOf(fresh.runId)]).toEqual(["blocked", null]);

  // and it is pinned again when versioning is turned on
  await project.crisol("down");
  await configure({});
  expect(last((await project.json("resume", fresh.runId, "--retry")).values).status).toBe("blocked");
  expect(await versioningOf(fresh.runId)).toBe(PINNED);
});
