/** Workers of two versions of crisol on one server: check, start the new ones beside the old ones, let the old ones drain. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { taskQueueOf } from "../../engine/connection/task-queue.ts";
import { Deployment } from "../../engine/worker/versions/deployment.ts";
import { type Checkout, copyCheckout } from "./checkout.ts";
import { pipelineFile, stagesFile } from "./engine-stages.ts";
import { makeProject, type Project } from "./project.ts";

type Value = Record<string, unknown>;
interface Version {
  readonly version: string;
  readonly current: boolean;
  readonly own: boolean;
  readonly workers: number;
  readonly runs: number;
}

const how = (name: string) => ["--set", `how=${name}`];
const last = (values: readonly Value[]) => values.at(-1) as { runId: string; status: string; runs: number; breaks: string[] };

let checkout: Checkout;
let project: Project;
let runId: string;
const workers: ChildProcess[] = [];
beforeAll(async () => {
  checkout = await copyCheckout();
  project = await makeProject(
    { "pipelines/arithmetic.ts": pipelineFile, "stages/arithmetic.ts": stagesFile, "data/a.txt": "1 2 3\n" },
    checkout.folder,
  );
});
afterAll(async () => {
  for (const worker of workers) worker.kill("SIGKILL");
  await project.remove();
  await checkout.remove();
});

/** Start a worker from the checkout in its current state, and wait until it polls. */
async function startWorker(): Promise<ChildProcess> {
  const worker = spawn(process.execPath, [join(checkout.folder, "bin/crisol.mjs"), "worker", "--json"], {
    cwd: project.folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  workers.push(worker);
  if (worker.stdout === null) throw new Error("no standard output");
  await once(worker.stdout, "data");
  return worker;
}

async function versions(): Promise<readonly Version[]> {
  return ((await project.json("deploy", "list")).values[0] as unknown as { versions: Version[] }).versions;
}

it("names the runs that the workflow code to be deployed would break, and where", async () => {
  ({ runId } = last((await project.json("run", "arithmetic", ...how("throws"))).values));
  const fits = await project.json("deploy", "check");
  expect([fits.code, last(fits.values)]).toMatchObject([0, { runs: 1, breaks: [] }]);

  await checkout.alter("workflows/batches-under-way.ts", "resource, stage, summary", 'resource, stage: "other", summary');
  const check = await project.json("worker", "--check");
  expect(check.code).toBe(1);
  expect(check.values).toMatchObject([
    {
      type: "workflow",
      runId,
      replays: false,
      breaks: expect.stringMatching(/^events \d+ to \d+ of \d+: Activity type of scheduled event .numbers. does not match/),
    },
    { type: "result", runs: 1, breaks: [runId] },
  ]);
  const text = await project.crisol("deploy", "check");
  expect([text.code, text.stdout]).toEqual([1, expect.stringContaining("1 of 1 runs would break")]);
});

it("lets old runs end with the workers that they started with, while new ones go to the new workers", async () => {
  const before = await versions();
  expect(before).toMatchObject([{ current: true, own: false, workers: 1, runs: 1 }]);
  const worker = await startWorker();
  const after = await versions();
  expect(after.find(({ own }) => own)).toMatchObject({ current: true, workers: 1, runs: 0 });
  expect(after.find(({ own }) => !own)).toMatchObject({ version: before[0]?.version, current: false, workers: 1, runs: 1 });

  // the altered code schedules a stage under another name, which changes only the activity's type
  const fresh = last((await project.json("run", "arithmetic")).values);
  expect(fresh.status).toBe("completed");
  await project.write({ "stages/arithmetic.ts": stagesFile.replace('if (how === "throws") throw', 'if (how === "never") throw') });
  const old = await project.json("resume", runId);
  expect(old.code).toBe(0);
  expect((await versions()).map(({ runs }) => runs)).toEqual([0, 0]);
  worker.kill("SIGTERM");
  await once(worker, "close");
});

it("sends new runs back to the old workers on request", async () => {
  const [old] = (await versions()).filter(({ own }) => !own);
  const promoted = await project.json("deploy", "promote", old?.version ?? "");
  expect(promoted.values).toMatchObject([{ current: old?.version }]);
  const unknown = await project.crisol("deploy", "promote", "0000000000000000");
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("start workers of that version first")]);
  expect((await versions()).filter(({ current }) => current)).toMatchObject([{ version: old?.version }]);
  expect(last((await project.json("run", "arithmetic", ...how("writes-nothing"))).values).status).toBe("blocked");
});

it("retries when the server refuses for a transient reason, as one that has just started may, but not when it refuses for good", async () => {
  const [version] = (await versions()).filter(({ current }) => current);
  const { address } = (await project.json("up")).values[0] as { address: string };
  const connection = await Connection.connect({ address });
  onTestFinished(() => connection.close());
  const place = { namespace: "default", name: taskQueueOf(project.home), buildId: version?.version ?? "" };
  const deployment = await Deployment.open(new Client({ connection }), place);
  const refuse = (code: number) =>
    vi
      .spyOn(connection.workflowService, "describeWorkerDeployment")
      .mockRejectedValueOnce(Object.assign(new Error("injected"), { code, details: `code ${code}`, metadata: {} }));
  for (const code of [4, 8, 10, 13, 14]) {
    refuse(code);
    expect(await deployment.lead({ withinMs: 10_000 })).toBeUndefined();
  }
  refuse(7);
  expect(await deployment.lead({ withinMs: 10_000 })).toBe("code 7");
});
