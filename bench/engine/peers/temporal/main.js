/** main.js sequence|tasks N [resume] | bundle: the bare SDK, its worker in the command, its workflow bundle built before. ADDRESS and WORKFLOW in the environment. */
import { existsSync, writeFileSync } from "node:fs";
import { Client, Connection } from "@temporalio/client";
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from "@temporalio/worker";
import * as activities from "./activities.js";

const [, , kind, count, mode] = process.argv;
const { ADDRESS: address, WORKFLOW: workflowId = `${process.pid}-${Date.now()}` } = process.env;
const codePath = new URL("bundle.js", import.meta.url).pathname;

Runtime.install({ logger: new DefaultLogger("ERROR") });
if (!existsSync(codePath)) {
  const workflowsPath = new URL("workflows.js", import.meta.url).pathname;
  writeFileSync(codePath, (await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger("ERROR") })).code);
}
if (kind === "bundle") process.exit(0);

const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({ connection, taskQueue: "bench", workflowBundle: { codePath }, activities, shutdownGraceTime: 0 });
const running = worker.run();
const client = new Client({ connection: await Connection.connect({ address }) });
if (mode === "resume") await client.workflow.getHandle(workflowId).result();
else await client.workflow.execute(kind, { taskQueue: "bench", workflowId, args: [Number(count)] });
worker.shutdown();
await running;
process.exit(0);
